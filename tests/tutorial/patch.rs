use similar::TextDiff;

/// Returns the file with the changes of a diff. A hunk has no line numbers: its context and its removed lines must be in
/// the file exactly once after the hunk before it. Hunks are separated by `@@` or `…`.
pub fn apply(diff: &[String], file: &str) -> Result<String, String> {
    // Each line has its line break before it, so that a hunk is found only at the start of a line.
    let mut patched = String::new();
    let file = format!("\n{}", file.strip_suffix('\n').unwrap_or(file));
    let mut rest = file.as_str();
    for hunk in diff.split(|line| line.starts_with("@@") || line.trim() == "…").filter(|hunk| !hunk.is_empty()) {
        let without = |sign: char| -> String {
            // Editors remove the space of an empty context line.
            let lines = hunk.iter().filter(|line| !line.starts_with(sign));
            lines.map(|line| format!("\n{}", line.get(1..).unwrap_or_default())).collect()
        };
        let (before, after) = (without('+'), without('-'));
        let is_whole = |start: &usize| matches!(rest[start + before.len()..].chars().next(), None | Some('\n'));
        let starts = rest.match_indices('\n').map(|(start, _)| start);
        let starts: Vec<usize> = starts.filter(|start| rest[*start..].starts_with(&before)).filter(is_whole).collect();
        let [start] = starts[..] else {
            let problem = if starts.is_empty() { "not in the file" } else { "in the file more than once" };
            return Err(format!("these lines are {problem}:{before}"));
        };
        patched += &rest[..start];
        patched += &after;
        rest = &rest[start + before.len()..];
    }
    Ok(format!("{patched}{rest}\n")[1..].to_owned())
}

/// Returns a diff that turns one file into the other.
pub fn create(from: &str, to: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(from, to).unified_diff().to_string();
    diff.lines().skip(1).map(|line| if line.starts_with("@@") { "@@" } else { line }.to_owned()).collect()
}

#[test]
fn each_hunk_must_be_in_the_file_exactly_once() {
    let patched = |diff: &str| apply(&diff.lines().map(str::to_owned).collect::<Vec<_>>(), "a\nb\nc\n\nd\nb\n");
    assert_eq!(patched(" a\n-b\n+B\n c\n").unwrap(), "a\nB\nc\n\nd\nb\n");
    assert_eq!(patched(" c\n\n+new\n d\n").unwrap(), "a\nb\nc\n\nnew\nd\nb\n");
    assert_eq!(patched(" c\n@@\n-b\n").unwrap(), "a\nb\nc\n\nd\n", "after the earlier hunk, the line is there once");
    for diff in [" a\n-c\n", " b\n c\n d\n", "-\n-\n", "+only\n", "-b\n", "- \n+x\n"] {
        assert!(patched(diff).is_err(), "{diff}");
    }
    let diff = create("a\nb\nb\nc\n", "a\nb\nx\nc\n");
    assert_eq!(apply(&diff, "a\nb\nb\nc\n").unwrap(), "a\nb\nx\nc\n");
}
