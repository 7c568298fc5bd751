use std::ops::Range;

use crate::alignment::{Line, matches, nearest};
use crate::mask::{is_cargos, masked};
use crate::names::Names;

/// How much of what is seen the text shows. In both, `…` alone on a line stands for any lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    Whole,
    Part,
}

/// What the text should show, for what is seen: its own lines where they are right.
pub fn corrected(shown: &[String], seen: &str, extent: Extent, names: &mut Names) -> Vec<String> {
    let seen: Vec<&str> = seen.lines().map(str::trim_end).filter(|line| !is_cargos(line)).collect();
    let keys: Vec<String> = seen.iter().map(|line| masked(line)).collect();
    let lines: Vec<Line<'_>> = shown.iter().map(|line| Line::of(line)).collect();
    let pairs = matches(&lines, &keys, extent).unwrap_or_else(|| nearest(&lines, &keys));
    Assembly { lines: &lines, seen: &seen, extent, names }.assemble(&pairs)
}

/// Whether a part of what is seen is what the text shows.
pub fn shows(shown: &[String], seen: &str) -> bool {
    let keys: Vec<String> = seen.lines().map(|line| masked(line.trim_end())).filter(|line| !is_cargos(line)).collect();
    let lines: Vec<Line<'_>> = shown.iter().map(|line| Line::of(line)).collect();
    matches(&lines, &keys, Extent::Part).is_some()
}

/// Of the text's lines, and of those that are seen where the text is wrong.
struct Assembly<'a> {
    lines: &'a [Line<'a>],
    seen: &'a [&'a str],
    extent: Extent,
    names: &'a mut Names,
}

impl Assembly<'_> {
    fn assemble(mut self, pairs: &[(usize, usize)]) -> Vec<String> {
        let mut result = Vec::new();
        let (mut line, mut seen) = (0, 0);
        for pair in pairs {
            self.gap(line..pair.0, seen..pair.1, &mut result);
            result.push(self.names.reconcile(self.lines[pair.0].text(), self.seen[pair.1]));
            (line, seen) = (pair.0 + 1, pair.1 + 1);
        }
        self.gap(line..self.lines.len(), seen..self.seen.len(), &mut result);
        result
    }

    /// Between two lines that are right: what the text leaves out stays left out, and for each line of the text that is
    /// wrong there is another.
    fn gap(&mut self, lines: Range<usize>, seen: Range<usize>, result: &mut Vec<String>) {
        let (at_start, at_end) = (lines.start == 0, lines.end == self.lines.len());
        let lines = &self.lines[lines];
        let before = lines.iter().position(Line::is_ellipsis);
        let after = lines.iter().rposition(Line::is_ellipsis);
        let claims = |lines: &[Line<'_>]| lines.iter().filter(|line| line.claim().is_some()).count();
        let part = self.extent == Extent::Part;

        let head = match before {
            _ if part && at_start => 0,
            Some(ellipsis) => claims(&lines[..ellipsis]),
            None if part && at_end => claims(lines),
            None => seen.len(),
        };
        let head = head.min(seen.len());
        let tail = match after {
            Some(ellipsis) => claims(&lines[ellipsis..]),
            None if part && at_start => claims(lines),
            None => 0,
        };
        let tail = tail.min(seen.len() - head);

        let seen = &self.seen[seen];
        if claims(lines) + head + tail == 0 {
            result.extend(lines.iter().map(|line| line.text().to_owned()));
            return;
        }
        result.extend(seen[..head].iter().map(|line| (*line).to_owned()));
        result.extend(before.map(|ellipsis| lines[ellipsis].text().to_owned()));
        result.extend(seen[seen.len() - tail..].iter().map(|line| (*line).to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correct(shown: &str, seen: &str, extent: Extent) -> String {
        let shown: Vec<String> = shown.split_whitespace().map(str::to_owned).collect();
        corrected(&shown, &seen.replace(' ', "\n"), extent, &mut Names::new(true)).join(" ")
    }

    #[test]
    fn what_is_right_stays() {
        for shown in ["a b c", "a … c", "… c", "a …", "…", "… b …"] {
            assert_eq!(correct(shown, "a b c", Extent::Whole), shown);
        }
        for shown in ["b", "a … c", "b c", ""] {
            assert_eq!(correct(shown, "a b c", Extent::Part), shown);
        }
    }

    #[test]
    fn an_ellipsis_stands_for_what_comes_once_more() {
        assert_eq!(correct("a … b", "a b x b", Extent::Whole), "a … b");
        assert_eq!(correct("a … b …", "a x b b", Extent::Whole), "a … b …");
    }

    #[test]
    fn a_wrong_line_is_seen_and_the_right_one_takes_its_place() {
        assert_eq!(correct("a x c", "a b c", Extent::Whole), "a b c");
        assert_eq!(correct("x … c", "a b c", Extent::Whole), "a … c");
        assert_eq!(correct("a … x", "a b c", Extent::Whole), "a … c");
        assert_eq!(correct("b x", "a b c d", Extent::Part), "b c");
        assert_eq!(correct("x", "a b c", Extent::Part), "c");
    }

    #[test]
    fn a_line_too_many_or_too_few_is_seen() {
        assert_eq!(correct("a b c", "a c", Extent::Whole), "a c");
        assert_eq!(correct("a c", "a b c", Extent::Whole), "a b c");
        assert_eq!(correct("", "a", Extent::Whole), "a");
        assert_eq!(correct("a", "", Extent::Whole), "");
        assert_eq!(correct("a …", "", Extent::Whole), "…");
    }

    #[test]
    fn lines_in_another_order_are_seen() {
        assert_ne!(correct("b a", "a b", Extent::Whole), "b a");
        assert_ne!(correct("b … a", "a b", Extent::Part), "b … a");
    }

    #[test]
    fn cargos_own_lines_are_nobodys_claim() {
        let shown = ["   Compiling a v0.1.0".to_owned(), "done".to_owned()];
        let mut names = Names::new(true);
        assert_eq!(corrected(&shown, "    Finished `dev` profile\ndone\n", Extent::Whole, &mut names), shown);
        assert_eq!(corrected(&shown[1..], "    Finished `dev` profile\ndone\n", Extent::Whole, &mut names), ["done"]);
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_nobodys_claim() {
        for (shown, seen) in [("owner =", "owner = "), ("owner = ", "owner =")] {
            let shown = [shown.to_owned()];
            assert_eq!(corrected(&shown, seen, Extent::Whole, &mut Names::new(true)), shown);
        }
    }
}
