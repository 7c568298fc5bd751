use crate::excerpt::Excerpt;

/// An action in a console block, and the output that the text shows for it.
pub struct ConsoleEntry {
    pub action: Action,
    /// The line number in the document.
    pub line: usize,
    pub expected: Excerpt,
}

#[derive(Debug, PartialEq)]
pub enum Action {
    /// Runs a command: `$ ls`
    Command(String),
    /// Ends the server: `^C`
    Interrupt,
    /// Reads what the running server has printed. The block begins with output instead of a command.
    ReadServerOutput,
}

impl ConsoleEntry {
    /// Splits a console block into its actions.
    pub fn parse_all(console: &Excerpt) -> Vec<Self> {
        let mut entries = Vec::new();
        let mut from = 0;
        while from < console.lines.len() {
            let (action, length) = Action::parse(&console.lines[from..]);
            let start = from + length;
            let end = console.lines[start..].iter().position(|line| is_action(line));
            let end = end.map_or(console.lines.len(), |length| start + length);
            let blank = console.lines[start..end].iter().rev().take_while(|line| line.trim().is_empty()).count();
            let expected = console.slice(start..end - blank); // an empty line before a command is not output
            entries.push(Self { action, line: console.first_line + from, expected });
            from = end;
        }
        entries
    }
}

fn is_action(line: &str) -> bool {
    line.starts_with("$ ") || line.trim() == "^C"
}

impl Action {
    /// Returns the first action, and how many lines it has without its output.
    fn parse(lines: &[String]) -> (Self, usize) {
        let line = &lines[0];
        if line.trim() == "^C" {
            return (Self::Interrupt, 1);
        }
        let Some(command) = line.strip_prefix("$ ") else { return (Self::ReadServerOutput, 0) };
        let continued = lines.iter().take_while(|line| line.ends_with('\\')).count();
        let rest = lines.iter().skip(1).take(continued);
        let command = rest.fold(command.to_owned(), |command, line| format!("{command}\n{line}"));
        (Self::Command(command), (1 + continued).min(lines.len()))
    }
}

/// Returns whether the command starts a server: `NAME=value cargo run --example x` does, but `cargo run -- check` does
/// not.
pub fn starts_server(command: &str) -> bool {
    let words = shlex::split(command).unwrap_or_default();
    let mut words = words.iter().map(String::as_str).skip_while(|word| is_assignment(word));
    let is_run = words.next() == Some("cargo") && words.next() == Some("run");
    is_run && words.all(|word| word != "--" && !word.contains(['|', '>', '&', ';']))
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(Action, usize, Vec<String>)> {
        let lines = text.lines().map(str::to_owned).collect();
        let console = Excerpt { first_line: 10, lines, indent: String::new() };
        let entries = ConsoleEntry::parse_all(&console).into_iter();
        entries.map(|entry| (entry.action, entry.line, entry.expected.lines)).collect()
    }

    fn command(text: &str) -> Action {
        Action::Command(text.into())
    }

    #[test]
    fn the_output_of_a_command_is_below_it() {
        let expected = [(command("a"), 10, vec!["x".to_owned(), "".into(), "y".into()]), (command("b"), 15, vec![])];
        assert_eq!(parse("$ a\nx\n\ny\n\n$ b\n"), expected);
    }

    #[test]
    fn a_backslash_continues_a_command() {
        let expected = [(command("curl \\\n  -i x"), 10, vec!["x".to_owned()])];
        assert_eq!(parse("$ curl \\\n  -i x\nx\n"), expected);
    }

    #[test]
    fn lines_before_the_first_command_are_output_of_the_server() {
        let expected =
            [(Action::ReadServerOutput, 10, vec!["GET /".to_owned()]), (Action::Interrupt, 11, vec!["bye".into()])];
        assert_eq!(parse("GET /\n^C\nbye\n"), expected);
    }

    #[test]
    fn only_cargo_run_without_program_arguments_starts_a_server() {
        for command in ["cargo run", "ROCKET_SESSION='{cookie_age=300}' cargo run --release", "cargo run --example x"] {
            assert!(starts_server(command), "{command}");
        }
        for command in ["cargo run -- migrate", "cargo test", "echo cargo run", "cargo run 2>&1 | head", "it's"] {
            assert!(!starts_server(command), "{command}");
        }
    }
}
