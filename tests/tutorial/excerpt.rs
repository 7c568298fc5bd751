use std::ops::Range;

/// Consecutive lines of a document: a listing, an output or a page.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// The number of the first line in the document, from 1.
    pub first_line: usize,
    /// The lines without the indent.
    pub lines: Vec<String>,
    /// What precedes each line in the document. It is not empty if the block is in a list.
    pub indent: String,
}

impl Excerpt {
    /// Returns the lines as one text that ends with a line break.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    pub fn slice(&self, lines: Range<usize>) -> Self {
        let first_line = self.first_line + lines.start;
        Self { first_line, lines: self.lines[lines].to_vec(), indent: self.indent.clone() }
    }
}
