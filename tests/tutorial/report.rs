use std::path::{Path, PathBuf};

use snapbox::Data;
use snapbox::report::{Palette, write_diff};

use crate::names::Names;
use crate::shown::Shown;
use crate::{Result, Wrong};

/// What is wrong in a document.
pub struct Report {
    path: PathBuf,
    /// For a person to mend.
    wrong: Vec<(usize, String)>,
    /// The test can write them.
    edits: Vec<Edit>,
}

struct Edit {
    shown: Shown,
    of: String,
    should: Vec<String>,
}

const HOW_TO_MEND: &str =
    "If the text is to follow: TUTORIAL=overwrite cargo test --test tutorial -- --include-ignored";

impl Report {
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), wrong: Vec::new(), edits: Vec::new() }
    }

    pub fn wrong(&mut self, line: usize, what: &str) {
        self.wrong.push((line, what.to_owned()));
    }

    /// What the text shows of something, and what it should show.
    pub fn compare(&mut self, shown: &Shown, of: &str, should: Vec<String>) {
        if shown.lines != should {
            self.edits.push(Edit { shown: shown.clone(), of: of.to_owned(), should });
        }
    }

    /// Puts the text's names for things into what it should show.
    pub fn rename(&mut self, names: &Names) {
        for line in self.edits.iter_mut().flat_map(|edit| &mut edit.should) {
            *line = names.as_text(line);
        }
    }

    /// The document's text, with all that the test can mend. It is wrong no more.
    pub fn mend(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.edits.sort_by_key(|edit| std::cmp::Reverse(edit.shown.first));
        for Edit { shown, should, .. } in self.edits.drain(..) {
            let first = shown.first - 1;
            let should = should.iter().map(|line| format!("{}{line}", shown.indent).trim_end().to_owned());
            lines.splice(first..first + shown.lines.len(), should);
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The error is all that is wrong, and what made an end of looking.
    pub fn finish(self, looked: Result) -> Result {
        let path = self.path.display();
        let mut wrong = self.wrong;
        wrong.extend(self.edits.iter().map(|edit| (edit.shown.first, format!("{}\n{}", edit.of, edit.diff()))));
        wrong.sort_by_key(|(line, _)| *line);
        let mut lines: Vec<String> = wrong.iter().map(|(line, what)| format!("{path}:{line}: {what}")).collect();
        lines.extend(looked.err().map(|Wrong(end)| format!("{path}: {end}")));
        if !self.edits.is_empty() {
            lines.push(HOW_TO_MEND.into());
        }
        if lines.is_empty() { Ok(()) } else { Err(Wrong(lines.join("\n"))) }
    }
}

impl Edit {
    fn diff(&self) -> String {
        let should: String = self.should.iter().map(|line| format!("{line}\n")).collect();
        let (text, seen) = (Data::text(self.shown.text()), Data::text(should));
        let mut diff = String::new();
        write_diff(&mut diff, &text, &seen, Some(&"the text"), Some(&"what is seen"), Palette::plain())
            .expect("a string takes everything");
        diff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title\n\n  ```text\n  old\n  ```\n\ntext\n```\nx\n```\n";

    fn different() -> Report {
        let mut report = Report::of(Path::new("a.md"));
        let shown = Shown { first: 4, lines: vec!["old".into()], indent: "  ".into() };
        report.compare(&shown, "`cat` prints", vec!["new".into(), String::new(), "lines".into()]);
        let shown = Shown { first: 9, lines: vec!["x".into()], indent: String::new() };
        report.compare(&shown, "`cat` prints", vec![]);
        report
    }

    #[test]
    fn lines_are_mended_where_they_stand_and_as_deep() {
        assert_eq!(different().mend(TEXT), "title\n\n  ```text\n  new\n\n  lines\n  ```\n\ntext\n```\n```\n");
    }

    #[test]
    fn a_report_names_the_file_the_line_the_difference_and_the_way_to_mend_it() {
        let Err(Wrong(report)) = different().finish(Ok(())) else { panic!("it is different") };
        for words in ["a.md:4: `cat` prints", "old", "new", "a.md:9", "TUTORIAL=overwrite"] {
            assert!(report.contains(words), "{words} is missing in: {report}");
        }
    }

    #[test]
    fn what_ends_the_looking_is_reported_with_what_was_wrong_before() {
        let Err(Wrong(report)) = different().finish(Err("the server has ended".into())) else { panic!("it is wrong") };
        assert!(report.contains("a.md:4") && report.contains("the server has ended"), "{report}");
    }
}
