//! How a chapter is read, from top to bottom:
//!
//! - ` ```console `: lines that begin with `$ ` are typed, and what they print stands below them; `^C` ends the server.
//! - `<http://127.0.0.1:8000/set/>`: visited, with the browser's cookies. ` ```text,page ` after it is what `<main>`
//!   shows, ` ```text,status ` a status other than 200.
//! - ` ```rust,file=src/app/visits.rs `: written into that file. ` ```diff,file=… `: applied to it.
//! - ` ```console,check ` and the `<details>` after it: an exercise. Its solution is typed, then the check, and then
//!   the files are again what they were.
//!
//! `source=` and `from=` belong to `listing.rs`. All else is for the reader's eyes.

use crate::Result;
use crate::document::{Block, Document, Kind, Part};

pub enum Step<'a> {
    Type(&'a Block),
    Visit(Visit<'a>),
    Write { path: &'a str, block: &'a Block },
    Patch { path: &'a str, block: &'a Block },
    Exercise { check: &'a Block, solution: Vec<Step<'a>> },
}

pub struct Visit<'a> {
    pub line: usize,
    pub address: &'a str,
    pub status: Option<&'a Block>,
    pub page: Option<&'a Block>,
}

/// The address of the server in the text.
const SERVER: &str = "http://127.0.0.1:8000";

pub fn steps(document: &Document) -> Result<Vec<Step<'_>>> {
    let mut steps = Steps::default();
    for part in &document.parts {
        steps.add(part).map_err(|error| format!("line {}: {error}", part.line))?;
    }
    match steps.check {
        None => Ok(steps.steps),
        Some(check) => {
            Err(format!("line {}: the check has no solution in <details> after it", check.shown.first).into())
        }
    }
}

#[derive(Default)]
struct Steps<'a> {
    steps: Vec<Step<'a>>,
    /// Of the exercise that has been posed.
    check: Option<&'a Block>,
    /// The steps before its solution, while the solution is read.
    before: Option<Vec<Step<'a>>>,
}

impl<'a> Steps<'a> {
    fn add(&mut self, part: &'a Part) -> Result<(), &'static str> {
        match &part.kind {
            Kind::Autolink(address) if address.starts_with(SERVER) => {
                self.steps.push(Step::Visit(Visit { line: part.line, address, status: None, page: None }));
            }
            Kind::Html(html) => {
                if html.contains("<details") && self.check.is_some() && self.before.is_none() {
                    self.before = Some(std::mem::take(&mut self.steps));
                }
                if html.contains("</details>")
                    && let Some(before) = self.before.take()
                {
                    let solution = std::mem::replace(&mut self.steps, before);
                    let check = self.check.take().ok_or("a solution of nothing")?;
                    self.steps.push(Step::Exercise { check, solution });
                }
            }
            Kind::Block(block) => self.block(block)?,
            _ => {}
        }
        Ok(())
    }

    fn block(&mut self, block: &'a Block) -> Result<(), &'static str> {
        if let Some(path) = block.value("file") {
            self.steps.push(match block.language.as_str() {
                "diff" => Step::Patch { path, block },
                _ => Step::Write { path, block },
            });
        } else if block.is("console", "check") {
            if self.check.replace(block).is_some() {
                return Err("the check before it has no solution");
            }
        } else if block.language == "console" {
            self.steps.push(Step::Type(block));
        } else if block.is("text", "page") {
            self.visit()?.page = Some(block);
        } else if block.is("text", "status") {
            self.visit()?.status = Some(block);
        }
        Ok(())
    }

    /// The last one.
    fn visit(&mut self) -> Result<&mut Visit<'a>, &'static str> {
        let visit = self.steps.iter_mut().rev().find_map(|step| match step {
            Step::Visit(visit) => Some(visit),
            _ => None,
        });
        visit.ok_or("no page was visited before")
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

    fn described(steps: &[Step<'_>]) -> String {
        let words = steps.iter().map(|step| match step {
            Step::Type(_) => "type".into(),
            Step::Visit(visit) => {
                format!("visit {}{}", visit.address, if visit.page.is_some() { " (page)" } else { "" })
            }
            Step::Write { path, .. } => format!("write {path}"),
            Step::Patch { path, .. } => format!("patch {path}"),
            Step::Exercise { solution, .. } => format!("solve [{}]", described(solution)),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_chapters_steps_stand_in_its_order() {
        let document = Document::parse(Path::new("a.md"), TEXT);
        let expected = "visit http://127.0.0.1:8000/a (page), solve [write src/a.rs], patch src/a.rs";
        assert_eq!(described(&steps(&document).unwrap()), expected);
    }

    #[test]
    fn what_belongs_to_nothing_is_no_chapter() {
        for text in ["```text,page\n```\n", "```text,status\n```\n", "```console,check\n```\n"] {
            assert!(steps(&Document::parse(Path::new("a.md"), text)).is_err(), "{text}");
        }
    }
}
