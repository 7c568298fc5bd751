use std::fs;
use std::path::Path;

use crate::document::{Block, Document};
use crate::report::Report;
use crate::{item, patch};

/// Checks that each ` ```rust,source=src/main.rs,item=main ` block shows this item of this file.
pub fn check_sources(project: &Path, document: &Document, report: &mut Report) {
    for block in document.blocks() {
        let Some(path) = block.attribute("source") else { continue };
        let source = read(project, path).and_then(|file| match block.attribute("item") {
            Some(name) => item::find(path, &file, name),
            None => Ok(file),
        });
        match source {
            Ok(source) => report.compare(&block.content, path, source.lines().map(str::to_owned).collect()),
            Err(error) => report.add_problem(block.content.first_line, &error),
        }
    }
}

/// Checks that each ` ```diff,from=examples/step_1.rs,to=examples/step_2.rs ` block turns the first file into the
/// second one. The number of context lines does not matter.
pub fn check_diffs(project: &Path, document: &Document, report: &mut Report) {
    for block in document.blocks().filter(|block| block.matches("diff", "from") || block.matches("diff", "to")) {
        match read_attribute(project, block, "from").and_then(|from| Ok((from, read_attribute(project, block, "to")?)))
        {
            Ok((from, to)) if patch::apply(&block.content.lines, &from).as_ref() == Ok(&to) => {}
            Ok((from, to)) => report.compare(&block.content, "the diff", patch::create(&from, &to)),
            Err(error) => report.add_problem(block.content.first_line, &error),
        }
    }
}

fn read_attribute(project: &Path, block: &Block, name: &str) -> Result<String, String> {
    read(project, block.attribute(name).ok_or(format!("the diff has no {name}="))?)
}

fn read(project: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(project.join(path)).map_err(|error| format!("{path}: {error}"))
}
