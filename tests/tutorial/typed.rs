use crate::shown::Shown;

/// What the reader types into a console, and what he sees then.
pub struct Typed {
    pub action: Action,
    pub line: usize,
    pub shown: Shown,
}

#[derive(Debug, PartialEq)]
pub enum Action {
    /// `$ ls`
    Command(String),
    /// `^C`
    Interrupt,
    /// Nothing: he looks at what the running server has printed.
    Watch,
}

impl Typed {
    pub fn all(console: &Shown) -> Vec<Self> {
        let mut all = Vec::new();
        let mut from = 0;
        while from < console.lines.len() {
            let (action, length) = Action::at(&console.lines[from..]);
            let start = from + length;
            let end = console.lines[start..].iter().position(|line| is_typed(line));
            let end = end.map_or(console.lines.len(), |length| start + length);
            let blank = console.lines[start..end].iter().rev().take_while(|line| line.trim().is_empty()).count();
            let shown = console.part(start..end - blank); // a line between two commands is for the eye
            all.push(Self { action, line: console.first + from, shown });
            from = end;
        }
        all
    }
}

fn is_typed(line: &str) -> bool {
    line.starts_with("$ ") || line.trim() == "^C"
}

impl Action {
    /// And how many lines it takes.
    fn at(lines: &[String]) -> (Self, usize) {
        let line = &lines[0];
        if line.trim() == "^C" {
            return (Self::Interrupt, 1);
        }
        let Some(command) = line.strip_prefix("$ ") else { return (Self::Watch, 0) };
        let continued = lines.iter().take_while(|line| line.ends_with('\\')).count();
        let rest = lines.iter().skip(1).take(continued);
        let command = rest.fold(command.to_owned(), |command, line| format!("{command}\n{line}"));
        (Self::Command(command), (1 + continued).min(lines.len()))
    }
}

/// Whether the command runs until somebody ends it: `NAME=value cargo run --example x`, but not `cargo run -- check`.
pub fn serves(command: &str) -> bool {
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

    fn typed(text: &str) -> Vec<(Action, usize, Vec<String>)> {
        let console = Shown { first: 10, lines: text.lines().map(str::to_owned).collect(), indent: String::new() };
        Typed::all(&console).into_iter().map(|typed| (typed.action, typed.line, typed.shown.lines)).collect()
    }

    fn command(text: &str) -> Action {
        Action::Command(text.into())
    }

    #[test]
    fn each_command_has_the_lines_below_it() {
        let expected = [(command("a"), 10, vec!["x".to_owned(), "".into(), "y".into()]), (command("b"), 15, vec![])];
        assert_eq!(typed("$ a\nx\n\ny\n\n$ b\n"), expected);
    }

    #[test]
    fn a_backslash_continues_a_command() {
        let expected = [(command("curl \\\n  -i x"), 10, vec!["x".to_owned()])];
        assert_eq!(typed("$ curl \\\n  -i x\nx\n"), expected);
    }

    #[test]
    fn lines_above_all_commands_are_the_servers() {
        let expected = [(Action::Watch, 10, vec!["GET /".to_owned()]), (Action::Interrupt, 11, vec!["bye".into()])];
        assert_eq!(typed("GET /\n^C\nbye\n"), expected);
    }

    #[test]
    fn a_program_that_runs_a_command_does_not_serve() {
        for command in ["cargo run", "ROCKET_SESSION='{cookie_age=300}' cargo run --release", "cargo run --example x"] {
            assert!(serves(command), "{command}");
        }
        for command in ["cargo run -- migrate", "cargo test", "echo cargo run", "cargo run 2>&1 | head", "it's"] {
            assert!(!serves(command), "{command}");
        }
    }
}
