use std::ops::Range;

use crate::alignment::{ExpectedLine, align, align_with_diff};
use crate::redaction::{is_cargo_progress, redacted};
use crate::values::ValueMapping;

/// How much of the output the text shows. In both cases, a line with only `…` stands for any number of lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coverage {
    /// The text shows the output from the first line to the last.
    Complete,
    /// The text may leave out lines before and after those that it shows.
    Partial,
}

/// Returns what the text should show for this output. The text's own lines are kept if they are right.
pub fn corrected(expected: &[String], actual: &str, coverage: Coverage, values: &mut ValueMapping) -> Vec<String> {
    let actual: Vec<&str> = actual.lines().map(str::trim_end).filter(|line| !is_cargo_progress(line)).collect();
    let redacted_lines: Vec<String> = actual.iter().map(|line| redacted(line)).collect();
    let lines: Vec<ExpectedLine<'_>> = expected.iter().map(|line| ExpectedLine::parse(line)).collect();
    let pairs = align(&lines, &redacted_lines, coverage).unwrap_or_else(|| align_with_diff(&lines, &redacted_lines));
    Correction { expected: &lines, actual: &actual, coverage, values }.lines(&pairs)
}

/// Returns whether the output contains what the text shows.
pub fn contains(expected: &[String], actual: &str) -> bool {
    let redacted_lines: Vec<String> =
        actual.lines().map(|line| redacted(line.trim_end())).filter(|line| !is_cargo_progress(line)).collect();
    let lines: Vec<ExpectedLine<'_>> = expected.iter().map(|line| ExpectedLine::parse(line)).collect();
    align(&lines, &redacted_lines, Coverage::Partial).is_some()
}

/// Combines the lines of the text with the actual lines that replace the wrong ones.
struct Correction<'a> {
    expected: &'a [ExpectedLine<'a>],
    actual: &'a [&'a str],
    coverage: Coverage,
    values: &'a mut ValueMapping,
}

impl Correction<'_> {
    fn lines(mut self, pairs: &[(usize, usize)]) -> Vec<String> {
        let mut result = Vec::new();
        let (mut expected, mut actual) = (0, 0);
        for pair in pairs {
            self.fill_gap(expected..pair.0, actual..pair.1, &mut result);
            result.push(self.values.reconcile(self.expected[pair.0].text(), self.actual[pair.1]));
            (expected, actual) = (pair.0 + 1, pair.1 + 1);
        }
        self.fill_gap(expected..self.expected.len(), actual..self.actual.len(), &mut result);
        result
    }

    /// Adds the lines between two pairs to the result. What an ellipsis leaves out is still left out, and each wrong
    /// line is replaced by one actual line.
    fn fill_gap(&mut self, expected: Range<usize>, actual: Range<usize>, result: &mut Vec<String>) {
        let (at_start, at_end) = (expected.start == 0, expected.end == self.expected.len());
        let expected = &self.expected[expected];
        let first_ellipsis = expected.iter().position(ExpectedLine::is_ellipsis);
        let last_ellipsis = expected.iter().rposition(ExpectedLine::is_ellipsis);
        let wrong = |lines: &[ExpectedLine<'_>]| lines.iter().filter(|line| line.redacted().is_some()).count();
        let is_partial = self.coverage == Coverage::Partial;

        let head = match first_ellipsis {
            _ if is_partial && at_start => 0,
            Some(ellipsis) => wrong(&expected[..ellipsis]),
            None if is_partial && at_end => wrong(expected),
            None => actual.len(),
        };
        let head = head.min(actual.len());
        let tail = match last_ellipsis {
            Some(ellipsis) => wrong(&expected[ellipsis..]),
            None if is_partial && at_start => wrong(expected),
            None => 0,
        };
        let tail = tail.min(actual.len() - head);

        let actual = &self.actual[actual];
        if wrong(expected) + head + tail == 0 {
            result.extend(expected.iter().map(|line| line.text().to_owned()));
            return;
        }
        result.extend(actual[..head].iter().map(|line| (*line).to_owned()));
        result.extend(first_ellipsis.map(|ellipsis| expected[ellipsis].text().to_owned()));
        result.extend(actual[actual.len() - tail..].iter().map(|line| (*line).to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correct(expected: &str, actual: &str, coverage: Coverage) -> String {
        let expected: Vec<String> = expected.split_whitespace().map(str::to_owned).collect();
        corrected(&expected, &actual.replace(' ', "\n"), coverage, &mut ValueMapping::new(true)).join(" ")
    }

    #[test]
    fn correct_lines_are_kept() {
        for expected in ["a b c", "a … c", "… c", "a …", "…", "… b …"] {
            assert_eq!(correct(expected, "a b c", Coverage::Complete), expected);
        }
        for expected in ["b", "a … c", "b c", ""] {
            assert_eq!(correct(expected, "a b c", Coverage::Partial), expected);
        }
    }

    #[test]
    fn an_ellipsis_can_stand_for_lines_that_are_repeated_after_it() {
        assert_eq!(correct("a … b", "a b x b", Coverage::Complete), "a … b");
        assert_eq!(correct("a … b …", "a x b b", Coverage::Complete), "a … b …");
    }

    #[test]
    fn a_wrong_line_is_replaced_by_the_actual_line() {
        assert_eq!(correct("a x c", "a b c", Coverage::Complete), "a b c");
        assert_eq!(correct("x … c", "a b c", Coverage::Complete), "a … c");
        assert_eq!(correct("a … x", "a b c", Coverage::Complete), "a … c");
        assert_eq!(correct("b x", "a b c d", Coverage::Partial), "b c");
        assert_eq!(correct("x", "a b c", Coverage::Partial), "c");
    }

    #[test]
    fn extra_and_missing_lines_are_corrected() {
        assert_eq!(correct("a b c", "a c", Coverage::Complete), "a c");
        assert_eq!(correct("a c", "a b c", Coverage::Complete), "a b c");
        assert_eq!(correct("", "a", Coverage::Complete), "a");
        assert_eq!(correct("a", "", Coverage::Complete), "");
        assert_eq!(correct("a …", "", Coverage::Complete), "…");
    }

    #[test]
    fn lines_in_the_wrong_order_are_corrected() {
        assert_ne!(correct("b a", "a b", Coverage::Complete), "b a");
        assert_ne!(correct("b … a", "a b", Coverage::Partial), "b … a");
    }

    #[test]
    fn progress_messages_of_cargo_are_not_compared() {
        let expected = ["   Compiling a v0.1.0".to_owned(), "done".to_owned()];
        let mut values = ValueMapping::new(true);
        assert_eq!(
            corrected(&expected, "    Finished `dev` profile\ndone\n", Coverage::Complete, &mut values),
            expected
        );
        assert_eq!(
            corrected(&expected[1..], "    Finished `dev` profile\ndone\n", Coverage::Complete, &mut values),
            ["done"]
        );
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_not_compared() {
        for (expected, actual) in [("owner =", "owner = "), ("owner = ", "owner =")] {
            let expected = [expected.to_owned()];
            assert_eq!(corrected(&expected, actual, Coverage::Complete, &mut ValueMapping::new(true)), expected);
        }
    }
}
