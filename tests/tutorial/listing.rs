use std::fs;
use std::path::Path;

use similar::TextDiff;

use crate::document::{Block, Document};
use crate::report::Report;
use crate::{Result, hunk, item};

/// Checks that each ` ```rust,source=src/main.rs,item=main ` block shows this item of this file.
pub fn check_sources(project: &Path, document: &Document, report: &mut Report) -> Result {
    for block in document.blocks() {
        let Some(path) = block.attribute("source") else { continue };
        match read_source(project, path, block) {
            Ok(text) => report.compare(&block.content, path, lines(&text)),
            Err(error) => report.add_problem(block.content.first_line, &error),
        }
    }
    Ok(())
}

fn read_source(project: &Path, path: &str, block: &Block) -> Result<String, String> {
    let file = read(project, path)?;
    match block.attribute("item") {
        Some(name) => item::find(path, &file, name),
        None => Ok(file),
    }
}

/// Checks that each ` ```diff,from=examples/step_1.rs,to=examples/step_2.rs ` block turns the first file into the
/// second one. The number of context lines does not matter.
pub fn check_diffs(project: &Path, document: &Document, report: &mut Report) -> Result {
    for block in document.blocks().filter(|block| block.matches("diff", "from")) {
        let path = |name| block.attribute(name).ok_or(format!("the diff has no {name}="));
        let files = || Ok::<_, String>((read(project, path("from")?)?, read(project, path("to")?)?));
        match files() {
            Ok((from, to)) if hunk::apply(&block.content.lines, &from).as_ref() == Ok(&to) => {}
            Ok((from, to)) => report.compare(&block.content, "the diff", diff(&from, &to)),
            Err(error) => report.add_problem(block.content.first_line, &error),
        }
    }
    Ok(())
}

/// Returns the diff to write into the text.
fn diff(from: &str, to: &str) -> Vec<String> {
    let full = lines(&TextDiff::from_lines(from, to).unified_diff().context_radius(3).to_string());
    // A reader needs the header only if the lines occur more than once.
    match hunk::apply(&full[1.min(full.len())..], from).as_deref() == Ok(to) {
        true => full[1..].to_vec(),
        false => full,
    }
}

fn read(project: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(project.join(path)).map_err(|error| format!("{path}: {error}"))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_that_the_test_writes_passes_the_test() {
        let from: String = (0..40).map(|n| format!("line {}\n", n % 4)).collect();
        for changed in [3, 21, 39] {
            let mut to = lines(&from);
            to[changed] = "another".into();
            to.remove(10);
            let to = to.join("\n") + "\n";
            assert_eq!(hunk::apply(&diff(&from, &to), &from), Ok(to));
        }
    }
}
