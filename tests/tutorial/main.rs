//! Follows the tutorial as a reader does, and checks that the text shows what the reader sees:
//! `cargo test --test tutorial -- --include-ignored`. `chapter.rs` describes how a chapter is read.
//!
//! With `TUTORIAL=overwrite`, the test writes what it sees into the text: the wrong listings, diffs and outputs, and in
//! each chapter also all keys and dates, so that they come from one run.

mod document; // splits a Markdown file into parts
mod documents; // finds the Markdown files and the chapters
mod report; // lists what is wrong in a document, or corrects it

mod comparison; // compares the lines of the text with those of the run
mod values; // the keys, dates and other values that differ in each run

mod item; // finds a function, a type or a TOML table in a file
mod link; // checks the relative links
mod listing; // compares the listings and diffs with the project's source
mod patch; // applies a diff that has no line numbers

mod browser; // visits pages, fills in forms and keeps the cookies
mod chapter; // follows a chapter from top to bottom
mod console; // splits a console block into commands and their output
mod page; // extracts the visible text of a page
mod project_copy; // copies the project, so that the reader can change it
mod reader; // does what a chapter says
mod terminal; // runs commands and a server

mod mistakes; // tests that mistakes in a sample chapter are reported

use documents::Documents;
use reader::Reader;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[test]
fn every_listing_matches_the_source() {
    let documents = Documents::open();
    documents.check(&documents.paths, |document, report| listing::check_sources(&documents.folder, document, report));
}

#[test]
fn every_diff_matches_the_files() {
    let documents = Documents::open();
    documents.check(&documents.paths, |document, report| listing::check_diffs(&documents.folder, document, report));
}

#[test]
fn every_relative_link_has_a_target() {
    let documents = Documents::open();
    let problems = link::problems(&documents.folder, &documents.read_all());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
#[ignore = "needs git, curl, sqlite3 and diesel"]
fn the_tutorial_shows_what_a_reader_sees() {
    let documents = Documents::open();
    let mut reader = Reader::new(&documents.folder).unwrap();
    let mut is_aborted = false;
    documents.check(&documents.chapters(), |document, report| {
        // After a step that has failed, later results would mean nothing.
        if !is_aborted {
            is_aborted = !chapter::follow(document, &mut reader, report);
        }
    });
}
