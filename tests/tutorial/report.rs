use std::cmp::Reverse;
use std::path::Path;

use similar::TextDiff;

use crate::document::Excerpt;

/// What is wrong in a document.
pub struct Report {
    /// Whether the text gets the lines and the values of the run. Otherwise, differences are problems.
    pub overwrite: bool,
    problems: Vec<(usize, String)>,
    /// Lines of the document, and those that replace them.
    edits: Vec<(Excerpt, Vec<String>)>,
    /// Values in the text, and those that replace them everywhere.
    pub new_values: Vec<(String, String)>,
}

impl Report {
    pub fn new(overwrite: bool) -> Self {
        Self { overwrite, problems: Vec::new(), edits: Vec::new(), new_values: Vec::new() }
    }

    pub fn add_problem(&mut self, line: usize, message: &str) {
        self.problems.push((line, message.to_owned()));
    }

    /// Compares lines of the text with the correct ones. `description` says what they are, for example "`ls` prints".
    pub fn compare(&mut self, text: &Excerpt, description: &str, correct: Vec<String>) {
        if text.lines == correct {
        } else if self.overwrite {
            self.edits.push((text.clone(), correct));
        } else {
            let (lines, correct) = (text.text(), correct.iter().map(|line| format!("{line}\n")).collect::<String>());
            let diff = TextDiff::from_lines(&lines, &correct);
            let diff = diff.unified_diff().header("the text", "this run").to_string();
            self.add_problem(text.first_line, &format!("{description}\n{diff}"));
        }
    }

    /// Returns the document's text with all edits.
    pub fn corrected(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.edits.sort_by_key(|(wrong, _)| Reverse(wrong.first_line)); // an edit moves only the lines after it
        for (wrong, correct) in &self.edits {
            let first = wrong.first_line - 1;
            let correct = correct.iter().map(|line| format!("{}{line}", wrong.indent).trim_end().to_owned());
            lines.splice(first..first + wrong.lines.len(), correct);
        }
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.new_values.iter().fold(text, |text, (old, new)| text.replace(old, new))
    }

    /// Returns the problems as text, each with the file and the line.
    pub fn problems(&self, path: &Path) -> String {
        self.problems.iter().map(|(line, message)| format!("{}:{line}: {message}\n", path.display())).collect()
    }
}
