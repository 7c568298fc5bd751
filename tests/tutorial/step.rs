//! Splits a chapter into steps. A chapter is read from top to bottom:
//!
//! - ` ```console `: a line that begins with `$ ` is a command, and the lines below it are its output. `^C` ends the
//!   server.
//! - `<http://127.0.0.1:8000/set/>`: a page to visit, with the browser's cookies. A ` ```text,page ` block after it
//!   shows the text in `<main>`, and a ` ```text,status ` block shows a status other than 200.
//! - ` ```text,form `: a form of the page that was visited last. `Name: ada` is typed into the field with this label, and
//!   `[Sign in]` in the last line is the button that is pressed. Blocks after it show what comes back, as after a visit.
//! - ` ```rust,file=src/visits.rs `: is written into that file. ` ```diff,file=… `: is applied to that file.
//! - ` ```console,check ` and the `<details>` after it: an exercise. The steps of its solution are done first, then the
//!   commands of the check. At the end, the files are restored.
//!
//! `listing.rs` checks blocks with `source=` or `from=`. Everything else is ignored.

use crate::Result;
use crate::document::{Block, Document, Kind, Part};

/// Something that a reader does.
pub enum Step<'a> {
    Console(&'a Block),
    Visit(Visit<'a>),
    WriteFile { path: &'a str, block: &'a Block },
    PatchFile { path: &'a str, block: &'a Block },
    Exercise { check: &'a Block, solution: Vec<Step<'a>> },
}

/// A visit to a page of the server.
pub struct Visit<'a> {
    pub line: usize,
    pub by: By<'a>,
    /// The expected status. Without it, the expected status is 200.
    pub status: Option<&'a Block>,
    /// The expected text of the page.
    pub page: Option<&'a Block>,
}

/// How a page is visited.
#[derive(Clone, Copy)]
pub enum By<'a> {
    Url(&'a str),
    Form(&'a Block),
}

/// The URL of the server in the text.
const SERVER: &str = "http://127.0.0.1:8000";

/// Returns the steps of a chapter. Returns an error if a block does not belong to a step.
pub fn steps(document: &Document) -> Result<Vec<Step<'_>>> {
    let mut parser = StepParser::default();
    for part in &document.parts {
        parser.add_part(part).map_err(|error| format!("line {}: {error}", part.line))?;
    }
    match parser.check {
        None => Ok(parser.steps),
        Some(check) => {
            Err(format!("line {}: the check has no solution in <details> after it", check.content.first_line).into())
        }
    }
}

#[derive(Default)]
struct StepParser<'a> {
    /// The steps of the chapter. While a solution is parsed, the steps of the solution.
    steps: Vec<Step<'a>>,
    /// The check of an exercise whose solution has not ended yet.
    check: Option<&'a Block>,
    /// The steps of the chapter, while a solution is parsed.
    chapter_steps: Option<Vec<Step<'a>>>,
}

impl<'a> StepParser<'a> {
    fn add_part(&mut self, part: &'a Part) -> Result<(), &'static str> {
        match &part.kind {
            Kind::Autolink(url) if url.starts_with(SERVER) => {
                self.steps.push(Step::Visit(Visit { line: part.line, by: By::Url(url), status: None, page: None }));
            }
            Kind::Html(html) => {
                if html.contains("<details") && self.check.is_some() && self.chapter_steps.is_none() {
                    self.chapter_steps = Some(std::mem::take(&mut self.steps));
                }
                if html.contains("</details>")
                    && let Some(chapter_steps) = self.chapter_steps.take()
                {
                    let solution = std::mem::replace(&mut self.steps, chapter_steps);
                    let check = self.check.take().ok_or("the solution has no check before it")?;
                    self.steps.push(Step::Exercise { check, solution });
                }
            }
            Kind::Block(block) => self.add_block(block)?,
            _ => {}
        }
        Ok(())
    }

    fn add_block(&mut self, block: &'a Block) -> Result<(), &'static str> {
        if let Some(path) = block.attribute("file") {
            self.steps.push(match block.language.as_str() {
                "diff" => Step::PatchFile { path, block },
                _ => Step::WriteFile { path, block },
            });
        } else if block.matches("console", "check") {
            if self.check.replace(block).is_some() {
                return Err("the previous check has no solution");
            }
        } else if block.language == "console" {
            self.steps.push(Step::Console(block));
        } else if block.matches("text", "form") {
            let line = block.content.first_line;
            self.last_visit()?;
            self.steps.push(Step::Visit(Visit { line, by: By::Form(block), status: None, page: None }));
        } else if block.matches("text", "page") {
            self.last_visit()?.page = Some(block);
        } else if block.matches("text", "status") {
            self.last_visit()?.status = Some(block);
        }
        Ok(())
    }

    fn last_visit(&mut self) -> Result<&mut Visit<'a>, &'static str> {
        let visit = self.steps.iter_mut().rev().find_map(|step| match step {
            Step::Visit(visit) => Some(visit),
            _ => None,
        });
        visit.ok_or("no page is visited before this block")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const TEXT: &str = "\
See <http://127.0.0.1:8000/a>, `<http://127.0.0.1:8000/b>` and <https://example.org>.

```text,page
x
```

```text,form
Name: ada
[Go]
```

```python
request.session
```

```console,check
$ ls
```

<details><summary>Solution</summary>

```rust,file=src/a.rs
```

</details>

```diff,file=src/a.rs
```
";

    fn describe(steps: &[Step<'_>]) -> String {
        let words = steps.iter().map(|step| match step {
            Step::Console(_) => "console".into(),
            Step::Visit(visit) => {
                let page = if visit.page.is_some() { " (page)" } else { "" };
                match visit.by {
                    By::Url(url) => format!("visit {url}{page}"),
                    By::Form(form) => format!("fill in {}{page}", form.content.lines.join(" ")),
                }
            }
            Step::WriteFile { path, .. } => format!("write {path}"),
            Step::PatchFile { path, .. } => format!("patch {path}"),
            Step::Exercise { solution, .. } => format!("solve [{}]", describe(solution)),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_steps_of_a_chapter_are_in_order() {
        let document = Document::parse(Path::new("a.md"), TEXT);
        let expected =
            "visit http://127.0.0.1:8000/a (page), fill in Name: ada [Go], solve [write src/a.rs], patch src/a.rs";
        assert_eq!(describe(&steps(&document).unwrap()), expected);
    }

    #[test]
    fn an_incomplete_step_is_an_error() {
        for text in ["```text,page\n```\n", "```text,form\n```\n", "```text,status\n```\n", "```console,check\n```\n"] {
            assert!(steps(&Document::parse(Path::new("a.md"), text)).is_err(), "{text}");
        }
    }
}
