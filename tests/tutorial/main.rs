//! Follows the tutorial as a reader does, and checks that the text shows what the reader sees:
//! `cargo test --test tutorial -- --include-ignored`. `step.rs` describes how a chapter is read.
//!
//! With `TUTORIAL=overwrite`, the test writes the actual outputs, pages, listings and diffs into the text if they
//! differ. With `TUTORIAL=refresh`, it also writes lines that differ only in keys and dates, so that all keys and dates
//! of a chapter come from the same run.

mod document; // splits a Markdown file into parts
mod documents; // finds the Markdown files and the chapters
mod excerpt; // lines of a document that are compared with something

mod alignment; // pairs the expected lines with the actual lines
mod comparison; // corrects what the text shows
mod redaction; // replaces values that change with every run
mod report; // lists what is wrong in a document, or applies the edits that fix it
mod values; // maps the values in the text to those of the run

mod hunk; // applies a diff that has no line numbers
mod item; // finds a function, a type or a TOML table in a file
mod listing; // compares the listings and diffs with the project's source

mod link; // checks the relative links

mod console; // splits a console block into commands and their output
mod step; // splits a chapter into steps

mod browser; // visits pages and keeps the cookies
mod form; // fills in a form of a page
mod page; // extracts the visible text of a page
mod process; // runs a bash script, and ends all its processes
mod project_copy; // copies the project, so that the steps can change it
mod runner; // runs a chapter step by step
mod terminal; // runs commands and a server

mod sample; // tests the runner with a sample chapter

use documents::Documents;
use runner::ChapterRunner;

type Result<T = (), E = Error> = std::result::Result<T, E>;

/// An error message. Its `Debug` output is the plain message, because that is what a failed test prints.
struct Error(String);

impl Error {
    /// Adds the line number in the document.
    fn at_line(self, line: usize) -> Self {
        Self(format!("line {line}: {}", self.0))
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Error {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

#[test]
fn every_listing_matches_the_source() -> Result {
    Documents::open().check_all(listing::check_sources)
}

#[test]
fn every_diff_matches_the_files() -> Result {
    Documents::open().check_all(listing::check_diffs)
}

#[test]
fn every_relative_link_has_a_target() -> Result {
    link::check(&Documents::open())
}

#[test]
#[ignore = "needs git, curl, sqlite3 and diesel"]
fn the_tutorial_shows_what_a_reader_sees() -> Result {
    let documents = Documents::open();
    let mut runner = ChapterRunner::new(&documents.folder, documents.keeps_values())?;
    documents.check_each(documents.chapters(), |document, report| runner.run(document, report))
}
