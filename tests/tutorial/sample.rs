use std::path::Path;

use crate::document::Document;
use crate::reader::Reader;
use crate::report::Report;
use crate::{Result, Wrong};

/// A chapter with every kind of step, on a server that compiles in a second.
const CHAPTER: &str = include_str!("fixtures/sample/1-sample.md");

/// Reads it in a copy of the sample, and says what is wrong with it.
fn read(chapter: &str) -> Result {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tutorial/fixtures/sample");
    let path = Path::new("1-sample.md");
    let mut report = Report::of(path);
    let read = Reader::in_a_fresh_copy_of(&folder, true)?.read(&Document::parse(path, chapter), &mut report);
    report.finish(read)
}

#[test]
#[ignore = "needs git and curl"]
fn every_kind_of_step_is_taken() -> Result {
    read(CHAPTER)
}

#[test]
#[ignore = "needs git and curl"]
fn every_kind_of_step_is_looked_at() {
    let mistakes = [
        ("Hello is polite", "Hello was polite"),
        ("one\n…", "three\n…"),
        ("Visit 1\n", "Visit 2\n"),
        ("404 Not Found\n", "403 Not Found\n"),
        ("GET /none", "GET /some"),
        ("Good evening\n```\n\n<", "Good night\n```\n\n<"),
        ("Good morning\n^C", "Good afternoon\n^C"),
    ];
    let wrong = mistakes.iter().fold(CHAPTER.to_owned(), |chapter, (right, wrong)| chapter.replace(right, wrong));
    let Err(Wrong(report)) = read(&wrong) else { panic!("it is wrong in {} places", mistakes.len()) };
    for (_, wrong) in mistakes {
        let line = wrong.lines().next().unwrap();
        assert!(report.contains(&format!("- {line}\n")), "{line} is not found to be wrong in:\n{report}");
    }
    assert_eq!(report.matches("1-sample.md:").count(), mistakes.len(), "{report}");
}
