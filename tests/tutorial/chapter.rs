//! Follows a chapter from top to bottom:
//!
//! - ` ```console `: a line that begins with `$ ` is a command, and the lines below it are its output. A line with only
//!   `…` stands for any number of lines. `^C` ends the server.
//! - `<http://127.0.0.1:8000/set/>`: a page to visit, with the browser's cookies. A ` ```text,page ` block after it
//!   shows the text in `<main>`, and a ` ```text,status ` block shows a status other than 200.
//! - ` ```text,form `: a form of the page that was visited last. `Name: ada` is typed into the field with this label, and
//!   `[Sign in]` in the last line is the button that is pressed. Blocks after it show what comes back, as after a visit.
//! - ` ```rust,file=src/visits.rs `: is written into that file. ` ```diff,file=… `: is applied to that file.
//! - ` ```console,check ` and the `<details>` after it: an exercise. The steps of its solution are done first, then the
//!   commands of the check, with the chapter's server. At the end, the files are restored.
//!
//! Other `<details>` are read like the rest of the chapter, but a console block without a command is ignored in them.
//! `listing.rs` checks blocks with `source=` or `from=`. Everything else is ignored.

use crate::Result;
use crate::document::{Block, Document, Kind, Part};
use crate::reader::{Reader, SERVER};
use crate::report::Report;

/// Returns whether the chapter could be followed to its end. What is wrong is in the report.
pub fn follow(document: &Document, reader: &mut Reader, report: &mut Report) -> bool {
    reader.begin_chapter(report.overwrite);
    let result = follow_parts(&document.parts, reader, report);
    if report.overwrite {
        report.new_values = reader.identifiers.pairs.clone();
    }
    if let Err(error) = &result {
        report.add_problem(reader.line, &format!("the chapter can't be followed from here: {error}"));
    }
    result.is_ok()
}

fn follow_parts(parts: &[Part], reader: &mut Reader, report: &mut Report) -> Result {
    let mut rest = parts;
    let mut in_details = false;
    while let [Part { line, kind }, after @ ..] = rest {
        reader.line = *line;
        rest = after;
        match kind {
            Kind::Autolink(url) if url.starts_with(SERVER) => reader.visit(url, status(after), report)?,
            Kind::Html(html) if html.contains("</details>") => in_details = false,
            Kind::Html(html) if html.contains("<details") => in_details = true,
            Kind::Block(block) if block.matches("console", "check") => {
                let solution = solution(after).ok_or("the check has no solution in <details> after it")?;
                exercise(block, solution, reader, report)?;
                rest = &after[solution.len()..];
            }
            Kind::Block(block) if block.matches("text", "form") => reader.submit(block, status(after), report)?,
            Kind::Block(block) if !in_details || !is_output(block) => reader.follow_block(block, report)?,
            _ => {}
        }
    }
    Ok(())
}

/// Returns the status block of the page that is visited before these parts.
fn status(parts: &[Part]) -> Option<&Block> {
    let blocks = parts.iter().map_while(|part| match &part.kind {
        Kind::Autolink(url) if url.starts_with(SERVER) => None,
        Kind::Block(block) if block.matches("text", "form") => None,
        Kind::Block(block) => Some(Some(block)),
        _ => Some(None),
    });
    blocks.flatten().find(|block| block.matches("text", "status"))
}

fn is_output(block: &Block) -> bool {
    block.language == "console" && !block.content.lines.iter().any(|line| line.starts_with("$ "))
}

/// Returns the parts until the end of the solution. There must be no block and no heading before it.
fn solution(parts: &[Part]) -> Option<&[Part]> {
    let has_tag = |part: &Part, tag: &str| matches!(&part.kind, Kind::Html(html) if html.contains(tag));
    let is_other = |part: &&Part| !matches!(part.kind, Kind::Link(_) | Kind::Autolink(_));
    let first = parts.iter().find(is_other).filter(|part| has_tag(part, "<details"));
    first.and_then(|_| parts.iter().position(|part| has_tag(part, "</details>"))).map(|end| &parts[..end])
}

/// Does the check of an exercise with the solution, and then restores the files, because the next chapter must work
/// without the solution.
fn exercise(check: &Block, solution: &[Part], reader: &mut Reader, report: &mut Report) -> Result {
    let had_server = reader.terminal.has_server();
    let mut command = reader.server_command.clone();
    if !had_server && let Some(command) = &mut command {
        command.drain(..command.find("cargo").unwrap_or(0)); // its variables were for an experiment that is over
    }
    reader.changed_files.clear();
    follow_parts(solution, reader, report)?;
    reader.serve(command.as_deref())?;
    reader.follow_block(check, report)?;
    reader.restore_files()?;
    reader.serve(command.as_deref().filter(|_| had_server))
}
