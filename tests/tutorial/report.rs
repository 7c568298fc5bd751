use std::path::{Path, PathBuf};

use snapbox::Data;
use snapbox::report::{Palette, write_diff};

use crate::excerpt::Excerpt;
use crate::values::ValueMapping;
use crate::{Error, Result};

/// The problems in a document.
pub struct Report {
    path: PathBuf,
    /// What a person must fix: the line number and a message.
    problems: Vec<(usize, String)>,
    /// What the test can fix.
    edits: Vec<Edit>,
}

struct Edit {
    expected: Excerpt,
    /// What the lines are, for example "`ls` prints".
    description: String,
    corrected: Vec<String>,
}

const HOW_TO_UPDATE: &str =
    "To update the text, run TUTORIAL=overwrite cargo test --test tutorial -- --include-ignored";

impl Report {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), problems: Vec::new(), edits: Vec::new() }
    }

    /// Adds a problem that a person must fix.
    pub fn add_problem(&mut self, line: usize, message: &str) {
        self.problems.push((line, message.to_owned()));
    }

    /// Adds an edit if the corrected lines differ from those that the text shows.
    pub fn compare(&mut self, expected: &Excerpt, description: &str, corrected: Vec<String>) {
        if expected.lines != corrected {
            self.edits.push(Edit { expected: expected.clone(), description: description.to_owned(), corrected });
        }
    }

    /// Replaces the values of the run in all edits by those of the text.
    pub fn restore_values(&mut self, values: &ValueMapping) {
        for line in self.edits.iter_mut().flat_map(|edit| &mut edit.corrected) {
            *line = values.to_text(line);
        }
    }

    /// Returns the document's text with all edits applied, and removes them from the report.
    pub fn apply_edits(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // From the end to the start, so that the line numbers of the remaining edits stay valid.
        self.edits.sort_by_key(|edit| std::cmp::Reverse(edit.expected.first_line));
        for Edit { expected, corrected, .. } in self.edits.drain(..) {
            let first = expected.first_line - 1;
            let corrected = corrected.iter().map(|line| format!("{}{line}", expected.indent).trim_end().to_owned());
            lines.splice(first..first + expected.lines.len(), corrected);
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Returns an error that lists all problems and edits, and the error in `result` if the check was aborted.
    pub fn into_result(self, result: Result) -> Result {
        let path = self.path.display();
        let mut problems = self.problems;
        let edits = self.edits.iter();
        problems.extend(edits.map(|edit| (edit.expected.first_line, format!("{}\n{}", edit.description, edit.diff()))));
        problems.sort_by_key(|(line, _)| *line);
        let mut lines: Vec<String> =
            problems.iter().map(|(line, message)| format!("{path}:{line}: {message}")).collect();
        lines.extend(result.err().map(|Error(message)| format!("{path}: {message}")));
        if !self.edits.is_empty() {
            lines.push(HOW_TO_UPDATE.into());
        }
        if lines.is_empty() { Ok(()) } else { Err(Error(lines.join("\n"))) }
    }
}

impl Edit {
    fn diff(&self) -> String {
        let corrected: String = self.corrected.iter().map(|line| format!("{line}\n")).collect();
        let (expected, actual) = (Data::text(self.expected.text()), Data::text(corrected));
        let mut diff = String::new();
        write_diff(&mut diff, &expected, &actual, Some(&"the text"), Some(&"this run"), Palette::plain())
            .expect("writing to a string does not fail");
        diff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title\n\n  ```text\n  old\n  ```\n\ntext\n```\nx\n```\n";

    fn report_with_two_edits() -> Report {
        let mut report = Report::new(Path::new("a.md"));
        let expected = Excerpt { first_line: 4, lines: vec!["old".into()], indent: "  ".into() };
        report.compare(&expected, "`cat` prints", vec!["new".into(), String::new(), "lines".into()]);
        let expected = Excerpt { first_line: 9, lines: vec!["x".into()], indent: String::new() };
        report.compare(&expected, "`cat` prints", vec![]);
        report
    }

    #[test]
    fn an_edit_replaces_its_lines_and_keeps_the_indent() {
        assert_eq!(
            report_with_two_edits().apply_edits(TEXT),
            "title\n\n  ```text\n  new\n\n  lines\n  ```\n\ntext\n```\n```\n"
        );
    }

    #[test]
    fn a_report_contains_the_file_the_line_the_difference_and_the_command_that_fixes_it() {
        let Err(Error(report)) = report_with_two_edits().into_result(Ok(())) else { panic!("there are differences") };
        for words in ["a.md:4: `cat` prints", "old", "new", "a.md:9", "TUTORIAL=overwrite"] {
            assert!(report.contains(words), "{words} is missing in: {report}");
        }
    }

    #[test]
    fn the_error_that_aborts_a_check_is_reported_with_the_earlier_problems() {
        let result = report_with_two_edits().into_result(Err("the server has ended".into()));
        let Err(Error(report)) = result else { panic!("the check was aborted") };
        assert!(report.contains("a.md:4") && report.contains("the server has ended"), "{report}");
    }
}
