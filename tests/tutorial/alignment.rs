use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::comparison::Coverage;
use crate::redaction::{is_cargo_progress, redacted};

/// A line that the text shows.
pub enum ExpectedLine<'a> {
    /// A line that must be in the output, as it is in the text and as it is compared.
    Text(&'a str, String),
    /// A line with only `…`. It stands for any number of lines.
    Ellipsis(&'a str),
    /// A progress message of Cargo. It is not compared, because it depends on what is built already.
    CargoProgress(&'a str),
}

impl<'a> ExpectedLine<'a> {
    pub fn parse(line: &'a str) -> Self {
        match line {
            _ if line.trim() == "…" => Self::Ellipsis(line),
            _ if is_cargo_progress(line) => Self::CargoProgress(line),
            _ => Self::Text(line, redacted(line.trim_end())),
        }
    }

    /// Returns what is compared, or `None` if the line is not compared.
    pub fn redacted(&self) -> Option<&str> {
        match self {
            Self::Text(_, redacted) => Some(redacted),
            _ => None,
        }
    }

    /// Returns the line as it is in the text.
    pub fn text(&self) -> &'a str {
        match self {
            Self::Text(line, _) | Self::Ellipsis(line) | Self::CargoProgress(line) => line,
        }
    }

    pub fn is_ellipsis(&self) -> bool {
        matches!(self, Self::Ellipsis(_))
    }
}

/// Pairs each expected line that is compared with an actual line. Returns their indices, or `None` if an expected line
/// is missing or the order differs. The output may contain more lines than those in the pairs: the caller checks them.
pub fn align(lines: &[ExpectedLine<'_>], actual: &[String], coverage: Coverage) -> Option<Vec<(usize, usize)>> {
    let mut pairs = Vec::new();
    let mut from = 0;
    let mut segments = lines.split(ExpectedLine::is_ellipsis).peekable();
    let mut start = 0;
    while let Some(segment) = segments.next() {
        let expected: Vec<usize> = (start..).zip(segment).filter_map(|(n, line)| line.redacted().map(|_| n)).collect();
        let is_at = |position: usize| {
            let candidates = actual.get(position..position + expected.len());
            candidates.is_some_and(|candidates| {
                expected.iter().zip(candidates).all(|(n, candidate)| lines[*n].redacted() == Some(candidate))
            })
        };
        let must_end_the_output = segments.peek().is_none() && coverage == Coverage::Complete;
        let last = actual.len().checked_sub(expected.len())?;
        let earliest = if must_end_the_output { last.max(from) } else { from };
        let position = (earliest..=last).find(|position| is_at(*position))?;
        pairs.extend(expected.iter().copied().zip(position..));
        from = position + expected.len();
        start += segment.len() + 1;
    }
    Some(pairs)
}

/// Pairs the expected lines with the actual lines as a diff does: the pairs are equal and in order, but lines of both
/// can remain unpaired. Returns the indices of the pairs.
pub fn align_with_diff(lines: &[ExpectedLine<'_>], actual: &[String]) -> Vec<(usize, usize)> {
    let expected: Vec<(usize, &str)> =
        lines.iter().enumerate().filter_map(|(n, line)| Some((n, line.redacted()?))).collect();
    let old: Vec<&str> = expected.iter().map(|(_, line)| *line).collect();
    let new: Vec<&str> = actual.iter().map(String::as_str).collect();
    let equal = capture_diff_slices(Algorithm::Patience, &old, &new).into_iter().filter_map(|step| match step {
        DiffOp::Equal { old_index, new_index, len } => Some((0..len).map(move |n| (old_index + n, new_index + n))),
        _ => None,
    });
    equal.flatten().map(|(old, new)| (expected[old].0, new)).collect()
}
