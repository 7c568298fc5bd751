//! A diff as a person applies it: whoever has the lines of its context before him needs no numbers.

/// The file with the changes of a unified diff. Its headers may be left out; `…` divides hunks as `@@` does.
pub fn apply(diff: &[String], file: &str) -> Result<String, String> {
    let file: Vec<&str> = file.lines().collect();
    let mut changed: Vec<String> = Vec::new();
    let mut done = 0; // lines of the file
    for hunk in hunks(diff) {
        let start = hunk.place(&file, done)?;
        changed.extend(file[done..start].iter().map(|line| (*line).to_owned()));
        changed.extend(hunk.after);
        done = start + hunk.before.len();
    }
    changed.extend(file[done..].iter().map(|line| (*line).to_owned()));
    Ok(changed.iter().map(|line| format!("{line}\n")).collect())
}

#[derive(Default)]
struct Hunk {
    /// As its header says, from 1.
    line: Option<usize>,
    before: Vec<String>,
    after: Vec<String>,
}

fn hunks(diff: &[String]) -> Vec<Hunk> {
    // Two lines that begin so are the names of the files, where no hunk has begun.
    let names = diff.first().is_some_and(|line| line.starts_with("--- "))
        && diff.get(1).is_some_and(|line| line.starts_with("+++ "));
    let mut hunks = vec![Hunk::default()];
    for line in &diff[if names { 2 } else { 0 }..] {
        if line.starts_with("@@") || line.trim() == "…" {
            hunks.push(Hunk { line: number(line), ..Hunk::default() });
        } else if let Some(hunk) = hunks.last_mut() {
            hunk.add(line);
        }
    }
    hunks.retain(|hunk| !hunk.before.is_empty() || !hunk.after.is_empty());
    hunks
}

/// 12 of `@@ -12,3 +12,4 @@`.
fn number(header: &str) -> Option<usize> {
    header.strip_prefix("@@ -")?.split([',', ' ']).next()?.parse().ok()
}

impl Hunk {
    fn add(&mut self, line: &str) {
        let text = line.get(1..).unwrap_or_default().to_owned(); // an empty line is an empty line of context
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

    /// Where its lines stand, after those that are done. In one place only: a reader would not know which is meant.
    fn place(&self, file: &[&str], done: usize) -> Result<usize, String> {
        let lines = &self.before;
        if lines.is_empty() {
            return Err("a hunk without a line that is there before does not say where it belongs".into());
        }
        let stands = |at: &usize| file[*at..].iter().take(lines.len()).eq(lines);
        let places: Vec<usize> = (done..file.len()).filter(stands).collect();
        let numbered = self.line.and_then(|line| line.checked_sub(1)).filter(|place| places.contains(place));
        match (&places[..], numbered) {
            ([place], _) => Ok(*place),
            (_, Some(place)) => Ok(place),
            ([], None) => Err(format!("these lines do not stand in the file:\n{}", lines.join("\n"))),
            (_, None) => Err(format!("these lines stand in the file more than once:\n{}", lines.join("\n"))),
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
    fn a_hunk_needs_no_numbers() {
        assert_eq!(patched(" a\n-b\n+B\n c\n").unwrap(), "a\nB\nc\n\nd\nb\n");
    }

    #[test]
    fn headers_are_noise() {
        let diff = "--- a/file\n+++ b/file\n@@ -1,3 +1,3 @@ fn x()\n a\n-b\n+B\n";
        assert_eq!(patched(diff).unwrap(), "a\nB\nc\n\nd\nb\n");
        let diff = " d\n-b\n\\ No newline at end of file\n+B\n\\ No newline at end of file\n";
        assert_eq!(patched(diff).unwrap(), "a\nb\nc\n\nd\nB\n");
    }

    #[test]
    fn an_empty_line_is_an_empty_line_of_context() {
        assert_eq!(patched(" c\n\n+new\n d\n").unwrap(), "a\nb\nc\n\nnew\nd\nb\n");
    }

    #[test]
    fn two_hunks_are_divided_by_a_header_or_an_ellipsis() {
        for divider in ["@@", "…"] {
            let diff = format!(" a\n+x\n{divider}\n d\n-b\n+y\n");
            assert_eq!(patched(&diff).unwrap(), "a\nx\nb\nc\n\nd\ny\n");
        }
    }

    #[test]
    fn lines_that_stand_twice_are_no_place() {
        assert!(patched("-b\n").unwrap_err().contains("more than once"));
        assert_eq!(patched(" c\n@@\n-b\n").unwrap(), "a\nb\nc\n\nd\n", "after the hunk before, it is one place");
        assert_eq!(patched("@@ -6 +6,0 @@\n-b\n").unwrap(), "a\nb\nc\n\nd\n", "and where a number says which");
    }

    #[test]
    fn lines_that_do_not_stand_there_are_no_place() {
        assert!(patched(" a\n-c\n").unwrap_err().contains("do not stand"));
        assert!(patched(" b\n c\n d\n").is_err(), "not even with a gap");
        assert!(patched("+only\n").is_err());
    }
}
