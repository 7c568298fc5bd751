use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::values::{Identifiers, masked};

/// How much of the output the text shows. In both cases, a line with only `…` stands for any number of lines.
#[derive(Clone, Copy, PartialEq)]
pub enum Coverage {
    /// The text shows the output from the first line to the last.
    Complete,
    /// The text may leave out lines before and after those that it shows.
    Partial,
}

/// Stands like `…` before and after the lines of a text that shows a part of the output.
const LEFT_OUT: &str = "… (not in the text)";

/// The lines of the text and of the output.
struct Comparison<'a> {
    text: Vec<&'a str>,
    output: Vec<&'a str>,
    /// The lines as they are compared. `None` stands for any number of lines.
    masked_text: Vec<Option<String>>,
    masked_output: Vec<Option<String>>,
}

/// Returns whether the output contains what the text shows.
pub fn contains(text: &[String], output: &str) -> bool {
    Comparison::new(text, output, Coverage::Partial).pairs().is_some()
}

/// Returns what the text should show for this output. If the text is right, that is the text itself.
pub fn corrected(text: &[String], output: &str, coverage: Coverage, identifiers: &mut Identifiers) -> Vec<String> {
    let comparison = Comparison::new(text, output, coverage);
    let pairs = comparison.pairs().unwrap_or_else(|| comparison.pairs_of_diff());
    let mut result = Vec::new();
    let (mut line, mut output_line) = (0, 0);
    for (next, next_output) in pairs {
        result.extend(comparison.between(line..next, output_line..next_output));
        result.push(identifiers.corrected(comparison.text[next], comparison.output[next_output]));
        (line, output_line) = (next + 1, next_output + 1);
    }
    result.extend(comparison.between(line..comparison.text.len(), output_line..comparison.output.len()));
    result.retain(|line| line != LEFT_OUT);
    result
}

impl<'a> Comparison<'a> {
    fn new(text: &'a [String], output: &'a str, coverage: Coverage) -> Self {
        let mut text: Vec<&str> = text.iter().map(String::as_str).collect();
        if coverage == Coverage::Partial {
            text = [&[LEFT_OUT], &text[..], &[LEFT_OUT]].concat();
        }
        let output: Vec<&str> = output.lines().map(str::trim_end).filter(|line| !is_cargo_progress(line)).collect();
        let is_any = |line: &str| line.trim() == "…" || line == LEFT_OUT || is_cargo_progress(line);
        let masked_text = text.iter().map(|line| (!is_any(line)).then(|| masked(line.trim_end()))).collect();
        let masked_output = output.iter().map(|line| Some(masked(line))).collect();
        Self { text, output, masked_text, masked_output }
    }

    /// Pairs each line of the text with its line of the output. Returns `None` if the text is wrong.
    fn pairs(&self) -> Option<Vec<(usize, usize)>> {
        let segments: Vec<_> = self.masked_text.split(Option::is_none).collect();
        let mut pairs = Vec::new();
        let (mut line, mut output_line) = (0, 0);
        for (n, segment) in segments.iter().enumerate() {
            let last = self.output.len().checked_sub(segment.len())?;
            let first = if n + 1 == segments.len() { last.max(output_line) } else { output_line };
            let last = if n == 0 { 0 } else { last };
            let position = (first..=last).find(|first| self.masked_output[*first..].starts_with(segment))?;
            pairs.extend((line..).zip(position..).take(segment.len()));
            (line, output_line) = (line + segment.len() + 1, position + segment.len());
        }
        Some(pairs)
    }

    /// Pairs the equal lines of a wrong text and the output.
    fn pairs_of_diff(&self) -> Vec<(usize, usize)> {
        let steps = capture_diff_slices(Algorithm::Patience, &self.masked_text, &self.masked_output).into_iter();
        let equal = steps.filter_map(|step| match step {
            DiffOp::Equal { old_index, new_index, len } => Some((old_index..).zip(new_index..).take(len)),
            _ => None,
        });
        equal.flatten().collect()
    }

    /// Returns what the text should show between two pairs. What `…` leaves out is still left out, and each wrong line
    /// is replaced by one line of the output.
    fn between(&self, text: Range<usize>, output: Range<usize>) -> Vec<String> {
        let (masked, text, output) = (&self.masked_text[text.clone()], &self.text[text], &self.output[output]);
        let lines = match masked.iter().position(Option::is_none) {
            None => output.to_vec(),
            Some(_) if masked.iter().all(Option::is_none) => text.to_vec(),
            Some(ellipsis) => {
                let before = ellipsis.min(output.len());
                let after = masked[ellipsis..].iter().flatten().count().min(output.len() - before);
                [&output[..before], &text[ellipsis..=ellipsis], &output[output.len() - after..]].concat()
            }
        };
        lines.into_iter().map(str::to_owned).collect()
    }
}

/// Returns whether Cargo prints the line before a program runs. Such lines are not compared, because they depend on what
/// is built already. In the text they stand for any number of lines.
fn is_cargo_progress(line: &str) -> bool {
    static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
        let verbs =
            "Adding|Blocking|Building|Checking|Compiling|Downloaded|Downloading|Finished|Locking|Running|Updating";
        Regex::new(&format!(r"^ *({verbs}) \S")).expect("the pattern is valid")
    });
    PROGRESS.is_match(line)
}

#[test]
fn a_text_is_kept_if_it_is_right_and_corrected_if_it_is_wrong() {
    use Coverage::{Complete, Partial};
    for (coverage, text, output, expected) in [
        (Complete, "a b c", "a b c", "a b c"),
        (Complete, "a … b", "a b x b", "a … b"),
        (Complete, "… b …", "a b b c", "… b …"),
        (Complete, "…", "", "…"),
        (Partial, "b c", "a b c", "b c"),
        (Partial, "a … c", "a b c d", "a … c"),
        (Partial, "", "a", ""),
        (Complete, "a x c", "a b c", "a b c"),
        (Complete, "x … c", "a b c", "a … c"),
        (Complete, "a … x", "a b c", "a … c"),
        (Complete, "a b c", "a c", "a c"),
        (Complete, "a c", "a b c", "a b c"),
        (Complete, "", "a", "a"),
        (Complete, "a", "", ""),
        (Complete, "b a", "a b", "a b"),
        (Partial, "b x", "a b c d", "b c"),
        (Partial, "x", "a b c", "c"),
        (Partial, "b … a", "a b", "b …"),
    ] {
        let lines: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let corrected = corrected(&lines, &output.replace(' ', "\n"), coverage, &mut Identifiers::default());
        assert_eq!(corrected.join(" "), expected, "{text} for {output}");
    }
}

#[test]
fn progress_messages_of_cargo_and_spaces_at_the_end_are_not_compared() {
    let text = ["   Compiling a v0.1.0", "owner =", "expiry = "].map(str::to_owned);
    let output = "    Finished `dev` profile\nowner = \nexpiry =\n";
    assert_eq!(corrected(&text, output, Coverage::Complete, &mut Identifiers::default()), text);
    assert_eq!(corrected(&text[1..], output, Coverage::Complete, &mut Identifiers::default()), text[1..]);
}
