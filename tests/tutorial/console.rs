use std::sync::LazyLock;

use regex::Regex;

use crate::document::Excerpt;

/// An action in a console block, and the output that the text shows for it.
pub struct ConsoleEntry {
    pub action: Action,
    /// The line number in the document.
    pub line: usize,
    pub expected: Excerpt,
}

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
        let lines = &console.lines;
        let is_action = |line: &str| line.starts_with("$ ") || line.trim() == "^C";
        let starts: Vec<usize> = (0..lines.len()).filter(|n| *n == 0 || is_action(&lines[*n])).collect();
        let ends = starts.iter().skip(1).chain([&lines.len()]).copied().collect::<Vec<_>>();
        starts.into_iter().zip(ends).map(|(start, end)| Self::parse(&console.slice(start..end))).collect()
    }

    /// Parses an action and its output.
    fn parse(entry: &Excerpt) -> Self {
        let lines = &entry.lines;
        let (action, length) = match lines[0].strip_prefix("$ ") {
            Some(_) => {
                let continued = lines.iter().take_while(|line| line.ends_with('\\')).count();
                let length = (continued + 1).min(lines.len());
                (Action::Command(lines[..length].join("\n")["$ ".len()..].to_owned()), length)
            }
            None if lines[0].trim() == "^C" => (Action::Interrupt, 1),
            None => (Action::ReadServerOutput, 0),
        };
        let output = &lines[length..];
        let blank = output.iter().rev().take_while(|line| line.trim().is_empty()).count(); // before the next command
        Self { action, line: entry.first_line, expected: entry.slice(length..lines.len() - blank) }
    }
}

/// Returns whether the command starts a server: `NAME=value cargo run --example x` does, but `cargo run -- check` does
/// not.
pub fn starts_server(command: &str) -> bool {
    static SERVER: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"^(?:[A-Z_]+=(?:'[^']*'|[^\s']+) )*cargo run(?: -{0,2}\w[\w=,-]*)*$";
        Regex::new(pattern).expect("the pattern is valid")
    });
    SERVER.is_match(command)
}

#[test]
fn only_cargo_run_without_program_arguments_starts_a_server() {
    let variables = "ROCKET_PROFILE=five_days ROCKET_SESSION='{absolute_age=\"1 hour\"}' cargo run -p playground";
    for command in ["cargo run", variables, "cargo run --example step_1 --features=a,b"] {
        assert!(starts_server(command), "{command}");
    }
    for command in ["cargo run -- migrate", "cargo test", "echo cargo run", "cargo run 2>&1 | head", "cargo run &"] {
        assert!(!starts_server(command), "{command}");
    }
}
