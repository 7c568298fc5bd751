//! Does what the tutorial's reader does, and checks that the text says what is seen then:
//! `cargo test --test tutorial -- --include-ignored`. How a chapter is read stands in `step.rs`.
//!
//! With `TUTORIAL=overwrite` in front, outputs, pages, listings and diffs are written into the text where it differs.
//! With `TUTORIAL=refresh`, they are also where only the run does: all keys and dates of a chapter are of one run then.

mod book; // the Markdown files, and which of them are chapters
mod document; // one of them, in parts
mod shown; // the lines of a block that are compared with something

mod alignment; // of the lines that are shown with those that are seen
mod comparison; // of what is shown with what is seen
mod mask; // what differs from run to run
mod names; // which value of the text is which value of the run
mod report; // what differs, where; or the edits that mend it

mod hunk; // a diff without line numbers
mod item; // a function, a struct, a table of a configuration
mod listing; // what the text shows of the project's source

mod link; // where a relative link leads

mod step; // what the reader does next
mod typed; // what stands in a console

mod browser; // with its cookies
mod copy; // of the project, for the reader to change
mod page; // what of HTML a person sees
mod process; // that is ended in any case
mod reader; // goes through a chapter, step by step
mod terminal; // runs commands, and a server

mod sample; // a chapter to try all of it on

use book::Book;
use reader::Reader;

type Result<T = (), E = Wrong> = std::result::Result<T, E>;

/// What is wrong, for a person to read: a test prints it as it is.
struct Wrong(String);

impl Wrong {
    fn at(self, line: usize) -> Self {
        Self(format!("line {line}: {}", self.0))
    }
}

impl std::fmt::Debug for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

#[test]
fn every_listing_is_what_the_source_says() -> Result {
    Book::open().check(listing::of_source)
}

#[test]
fn every_difference_between_two_steps_is_what_the_text_shows() -> Result {
    Book::open().check(listing::of_difference)
}

#[test]
fn every_link_leads_somewhere() -> Result {
    link::check(&Book::open())
}

#[test]
#[ignore = "needs git, curl, sqlite3 and diesel"]
fn a_reader_who_types_every_line_sees_what_the_text_says() -> Result {
    let book = Book::open();
    let mut reader = Reader::in_a_fresh_copy_of(&book.folder, book.keeps_values())?;
    book.edit_each(book.chapters(), |document, report| reader.read(document, report))
}
