use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::comparison::Extent;
use crate::mask::{is_cargos, masked};

/// A line that the text shows.
pub enum Line<'a> {
    /// And what of it is compared.
    Claim(&'a str, String),
    Ellipsis(&'a str),
    /// The text may show it; whether it is seen is chance.
    Cargos(&'a str),
}

impl<'a> Line<'a> {
    pub fn of(line: &'a str) -> Self {
        match line {
            _ if line.trim() == "…" => Self::Ellipsis(line),
            _ if is_cargos(line) => Self::Cargos(line),
            _ => Self::Claim(line, masked(line.trim_end())),
        }
    }

    pub fn claim(&self) -> Option<&str> {
        match self {
            Self::Claim(_, key) => Some(key),
            _ => None,
        }
    }

    pub fn text(&self) -> &'a str {
        match self {
            Self::Claim(line, _) | Self::Ellipsis(line) | Self::Cargos(line) => line,
        }
    }

    pub fn is_ellipsis(&self) -> bool {
        matches!(self, Self::Ellipsis(_))
    }
}

/// For every claim its place among what is seen, if all are there in their order. What else is seen is not looked at.
pub fn matches(lines: &[Line<'_>], keys: &[String], extent: Extent) -> Option<Vec<(usize, usize)>> {
    let mut pairs = Vec::new();
    let mut from = 0;
    let mut segments = lines.split(Line::is_ellipsis).peekable();
    let mut start = 0;
    while let Some(segment) = segments.next() {
        let claims: Vec<usize> = (start..).zip(segment).filter_map(|(n, line)| line.claim().map(|_| n)).collect();
        let stands = |at: usize| {
            let place = keys.get(at..at + claims.len());
            place.is_some_and(|keys| claims.iter().zip(keys).all(|(n, key)| lines[*n].claim() == Some(key)))
        };
        let at_the_end = segments.peek().is_none() && extent == Extent::Whole;
        let last = keys.len().checked_sub(claims.len())?;
        let earliest = if at_the_end { last.max(from) } else { from };
        let place = (earliest..=last).find(|at| stands(*at))?;
        pairs.extend(claims.iter().copied().zip(place..));
        from = place + claims.len();
        start += segment.len() + 1;
    }
    Some(pairs)
}

/// The claims that are true, as many as can be in their order.
pub fn nearest(lines: &[Line<'_>], keys: &[String]) -> Vec<(usize, usize)> {
    let claims: Vec<(usize, &str)> =
        lines.iter().enumerate().filter_map(|(n, line)| Some((n, line.claim()?))).collect();
    let old: Vec<&str> = claims.iter().map(|(_, key)| *key).collect();
    let new: Vec<&str> = keys.iter().map(String::as_str).collect();
    let same = capture_diff_slices(Algorithm::Patience, &old, &new).into_iter().filter_map(|step| match step {
        DiffOp::Equal { old_index, new_index, len } => Some((0..len).map(move |n| (old_index + n, new_index + n))),
        _ => None,
    });
    same.flatten().map(|(old, new)| (claims[old].0, new)).collect()
}
