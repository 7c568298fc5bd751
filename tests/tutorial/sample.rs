use std::path::Path;

use crate::document::Document;
use crate::report::Report;
use crate::runner::ChapterRunner;
use crate::{Error, Result};

/// A chapter with every kind of step. Its server compiles in a second.
const CHAPTER: &str = include_str!("fixtures/sample/1-sample.md");

/// Runs a chapter in a copy of the sample project.
fn run(chapter: &str) -> Result {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tutorial/fixtures/sample");
    let path = Path::new("1-sample.md");
    let mut report = Report::new(path);
    let result = ChapterRunner::new(&folder, true)?.run(&Document::parse(path, chapter), &mut report);
    report.into_result(result)
}

#[test]
#[ignore = "needs git and curl"]
fn a_correct_chapter_passes() -> Result {
    run(CHAPTER)
}

#[test]
#[ignore = "needs git and curl"]
fn a_mistake_in_every_kind_of_step_is_reported() {
    let mistakes = [
        ("Hello is polite", "Hello was polite"),
        ("one\n…", "three\n…"),
        ("Visit 1\n", "Visit 2\n"),
        ("404 Not Found\n", "403 Not Found\n"),
        ("GET /none", "GET /some"),
        ("Good evening\n```\n\n<", "Good night\n```\n\n<"),
        ("Good morning\n^C", "Good afternoon\n^C"),
    ];
    let chapter = mistakes.iter().fold(CHAPTER.to_owned(), |chapter, (right, wrong)| chapter.replace(right, wrong));
    let Err(Error(report)) = run(&chapter) else { panic!("the chapter has {} mistakes", mistakes.len()) };
    for (_, wrong) in mistakes {
        let line = wrong.lines().next().unwrap();
        assert!(report.contains(&format!("- {line}\n")), "{line} is not reported as wrong:\n{report}");
    }
    assert_eq!(report.matches("1-sample.md:").count(), mistakes.len(), "{report}");
}
