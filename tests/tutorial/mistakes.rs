use std::path::{Path, PathBuf};

use crate::chapter;
use crate::document::Document;
use crate::reader::Reader;
use crate::report::Report;

/// A chapter with every kind of step. Its server compiles in a second.
const CHAPTER: &str = include_str!("fixtures/sample/1-sample.md");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tutorial/fixtures/sample")
}

/// Follows a chapter in a copy of the sample project.
fn follow(chapter: &str, overwrite: bool) -> Report {
    let mut report = Report::new(overwrite);
    chapter::follow(&Document::parse(chapter), &mut Reader::new(&folder()).unwrap(), &mut report);
    report
}

/// Replaces the first text of each pair by the second one.
fn replaced(chapter: &str, mistakes: &[(&str, &str)]) -> String {
    mistakes.iter().fold(chapter.to_owned(), |chapter, (right, wrong)| {
        assert_eq!(chapter.matches(right).count(), 1, "{right}");
        chapter.replace(right, wrong)
    })
}

#[test]
#[ignore = "needs git and curl"]
fn every_mistake_in_an_output_is_reported_and_corrected() {
    assert_eq!(follow(CHAPTER, false).problems(Path::new("a.md")), "");
    let mistakes = [
        ("Hello is polite", "Hello was polite"),
        ("a\n…\nd", "a\n…\ne"),
        (
            "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac  again",
            "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ad  again",
        ),
        ("name=ada", "name=eve"),
        ("one\n…", "three\n…"),
        ("Visit 1\n   ```", "Visit 2\n   ```"),
        ("404 Not Found\n", "403 Not Found\n"),
        ("GET /none\n", "GET /some\n"),
        ("evening'\nGood evening\n", "evening'\nGood night\n"),
        ("Good morning\n^C", "Good afternoon\n^C"),
    ];
    let wrong = replaced(CHAPTER, &mistakes);
    let problems = follow(&wrong, false).problems(Path::new("a.md"));
    for (_, mistake) in mistakes {
        let is_reported = mistake.lines().any(|line| problems.contains(&format!("\n-{}\n", line.trim())));
        assert!(is_reported, "{mistake} is not reported:\n{problems}");
    }
    assert_eq!(problems.matches("a.md:").count(), mistakes.len(), "{problems}");
    let corrected = follow(&wrong, true).corrected(&wrong);
    assert_eq!(follow(&corrected, false).problems(Path::new("a.md")), "");
}

#[test]
#[ignore = "needs git and curl"]
fn a_chapter_that_cannot_be_followed_is_reported() {
    for (right, wrong) in [
        ("$ export WHO", "$ false\n$ export WHO"),
        ("Name: ada", "Age: 36"),
        ("[Greet]", "[Ignore]"),
        ("-pub const OLD", "-pub const NEW"),
        ("<http://127.0.0.1:8000/none>", "<http://127.0.0.1:8000/>"),
        ("<details><summary>Solution</summary>", "<p>Solution</p>"),
    ] {
        let problems = follow(&replaced(CHAPTER, &[(right, wrong)]), false).problems(Path::new("a.md"));
        assert!(problems.contains("a.md:"), "{wrong} is not reported");
    }
}
