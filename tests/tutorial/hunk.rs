//! Applies a diff as a person does: the context shows where a hunk belongs, so it needs no line numbers.

/// Returns the file with the changes of a unified diff. The headers are optional, and hunks can be separated by `…`
/// instead of `@@`.
pub fn apply(diff: &[String], file: &str) -> Result<String, String> {
    let file: Vec<&str> = file.lines().collect();
    let mut changed: Vec<String> = Vec::new();
    let mut done = 0; // how many lines of the file were copied or replaced
    for hunk in hunks(diff) {
        let start = hunk.position(&file, done)?;
        changed.extend(file[done..start].iter().map(|line| (*line).to_owned()));
        changed.extend(hunk.after);
        done = start + hunk.before.len();
    }
    changed.extend(file[done..].iter().map(|line| (*line).to_owned()));
    Ok(changed.iter().map(|line| format!("{line}\n")).collect())
}

#[derive(Default)]
struct Hunk {
    /// The line number in its header, from 1.
    line: Option<usize>,
    /// The context and the removed lines.
    before: Vec<String>,
    /// The context and the added lines.
    after: Vec<String>,
}

/// Splits a diff into hunks.
fn hunks(diff: &[String]) -> Vec<Hunk> {
    // Before the first hunk, two lines that begin like this are the names of the files. In a hunk, they are changes.
    let has_file_names = diff.first().is_some_and(|line| line.starts_with("--- "))
        && diff.get(1).is_some_and(|line| line.starts_with("+++ "));
    let mut hunks = vec![Hunk::default()];
    for line in &diff[if has_file_names { 2 } else { 0 }..] {
        if line.starts_with("@@") || line.trim() == "…" {
            hunks.push(Hunk { line: line_number(line), ..Hunk::default() });
        } else if let Some(hunk) = hunks.last_mut() {
            hunk.add(line);
        }
    }
    hunks.retain(|hunk| !hunk.before.is_empty() || !hunk.after.is_empty());
    hunks
}

/// Returns 12 for `@@ -12,3 +12,4 @@`.
fn line_number(header: &str) -> Option<usize> {
    header.strip_prefix("@@ -")?.split([',', ' ']).next()?.parse().ok()
}

impl Hunk {
    fn add(&mut self, line: &str) {
        let text = line.get(1..).unwrap_or_default().to_owned(); // editors remove the space of an empty context line
        match line.as_bytes().first() {
            Some(b'-') => self.before.push(text),
            Some(b'+') => self.after.push(text),
            Some(b'\\') => {} // "\ No newline at end of file"
            _ => {
                self.before.push(text.clone());
                self.after.push(text);
            }
        }
    }

    /// Returns the index of the hunk's first line in the file, at or after the index `done`. Returns an error if the
    /// lines occur more than once, because a reader would not know which ones are meant.
    fn position(&self, file: &[&str], done: usize) -> Result<usize, String> {
        let lines = &self.before;
        if lines.is_empty() {
            return Err("a hunk that only adds lines does not show where it belongs".into());
        }
        let is_at = |position: &usize| file[*position..].iter().take(lines.len()).eq(lines);
        let positions: Vec<usize> = (done..file.len()).filter(is_at).collect();
        let numbered = self.line.and_then(|line| line.checked_sub(1)).filter(|position| positions.contains(position));
        match (&positions[..], numbered) {
            ([position], _) => Ok(*position),
            (_, Some(position)) => Ok(position),
            ([], None) => Err(format!("these lines are not in the file:\n{}", lines.join("\n"))),
            (_, None) => Err(format!("these lines are in the file more than once:\n{}", lines.join("\n"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "a\nb\nc\n\nd\nb\n";

    fn patched(diff: &str) -> Result<String, String> {
        apply(&diff.lines().map(str::to_owned).collect::<Vec<_>>(), FILE)
    }

    #[test]
    fn a_hunk_needs_no_line_numbers() {
        assert_eq!(patched(" a\n-b\n+B\n c\n").unwrap(), "a\nB\nc\n\nd\nb\n");
    }

    #[test]
    fn headers_are_ignored() {
        let diff = "--- a/file\n+++ b/file\n@@ -1,3 +1,3 @@ fn x()\n a\n-b\n+B\n";
        assert_eq!(patched(diff).unwrap(), "a\nB\nc\n\nd\nb\n");
        let diff = " d\n-b\n\\ No newline at end of file\n+B\n\\ No newline at end of file\n";
        assert_eq!(patched(diff).unwrap(), "a\nb\nc\n\nd\nB\n");
    }

    #[test]
    fn an_empty_line_is_an_empty_context_line() {
        assert_eq!(patched(" c\n\n+new\n d\n").unwrap(), "a\nb\nc\n\nnew\nd\nb\n");
    }

    #[test]
    fn two_hunks_are_separated_by_a_header_or_an_ellipsis() {
        for separator in ["@@", "…"] {
            let diff = format!(" a\n+x\n{separator}\n d\n-b\n+y\n");
            assert_eq!(patched(&diff).unwrap(), "a\nx\nb\nc\n\nd\ny\n");
        }
    }

    #[test]
    fn lines_that_occur_twice_need_a_line_number_or_an_earlier_hunk() {
        assert!(patched("-b\n").unwrap_err().contains("more than once"));
        assert_eq!(patched(" c\n@@\n-b\n").unwrap(), "a\nb\nc\n\nd\n", "after the earlier hunk, the line occurs once");
        assert_eq!(
            patched("@@ -6 +6,0 @@\n-b\n").unwrap(),
            "a\nb\nc\n\nd\n",
            "the line number shows which one is meant"
        );
    }

    #[test]
    fn lines_that_are_not_in_the_file_are_an_error() {
        assert!(patched(" a\n-c\n").unwrap_err().contains("are not in the file"));
        assert!(patched(" b\n c\n d\n").is_err(), "a hunk cannot skip lines");
        assert!(patched("+only\n").is_err());
    }
}
