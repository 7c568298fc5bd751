use std::fs;
use std::path::Path;

use similar::TextDiff;

use crate::document::{Block, Document};
use crate::report::Report;
use crate::{Result, hunk, item};

/// Each ` ```rust,source=src/main.rs,item=main ` is that item of that file.
pub fn of_source(project: &Path, document: &Document, report: &mut Report) -> Result {
    for block in document.blocks() {
        let Some(path) = block.value("source") else { continue };
        match source(project, path, block) {
            Ok(text) => report.compare(&block.shown, path, lines(&text)),
            Err(error) => report.wrong(block.shown.first, &error),
        }
    }
    Ok(())
}

fn source(project: &Path, path: &str, block: &Block) -> Result<String, String> {
    let file = read(project, path)?;
    match block.value("item") {
        Some(name) => item::find(path, &file, name),
        None => Ok(file),
    }
}

/// Each ` ```diff,from=examples/step_1.rs,to=examples/step_2.rs ` makes the one file of the other. How much context it
/// shows is up to the text.
pub fn of_difference(project: &Path, document: &Document, report: &mut Report) -> Result {
    for block in document.blocks().filter(|block| block.is("diff", "from")) {
        let path = |name| block.value(name).ok_or(format!("the diff has no {name}="));
        let files = || Ok::<_, String>((read(project, path("from")?)?, read(project, path("to")?)?));
        match files() {
            Ok((from, to)) if hunk::apply(&block.shown.lines, &from).as_ref() == Ok(&to) => {}
            Ok((from, to)) => report.compare(&block.shown, "the diff", diff(&from, &to)),
            Err(error) => report.wrong(block.shown.first, &error),
        }
    }
    Ok(())
}

fn diff(from: &str, to: &str) -> Vec<String> {
    let full = lines(&TextDiff::from_lines(from, to).unified_diff().context_radius(3).to_string());
    // A header says nothing to a reader. He needs it only where the lines stand more than once.
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
    fn a_diff_that_was_written_by_the_test_is_right_in_its_eyes() {
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
