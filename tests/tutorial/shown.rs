use std::ops::Range;

/// Some lines of a document, for somebody to read: a listing, an output, a page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The number of its first line in the document, from 1.
    pub first: usize,
    pub lines: Vec<String>,
    /// Of the block in the document, where it stands in a list.
    pub indent: String,
}

impl Shown {
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    pub fn part(&self, lines: Range<usize>) -> Self {
        Self { first: self.first + lines.start, lines: self.lines[lines].to_vec(), indent: self.indent.clone() }
    }
}
