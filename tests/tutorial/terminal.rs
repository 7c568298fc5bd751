use std::env;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Result;
use crate::copy::Copy;
use crate::process::Process;

/// The server's, in the text.
pub const PORT: &str = "8000";

/// The project's, in the text.
const FOLDER: &str = "/home/you/rocket_diesel_sessions";

/// How long to wait for something before it is given up. A build may be under way.
const PATIENCE: Duration = Duration::from_secs(900);
const A_MOMENT: Duration = Duration::from_millis(100);

/// The reader's two terminals, as one: in the first a server runs, in the second he types.
pub struct Terminal {
    project: PathBuf,
    target: PathBuf,
    port: u16,
    server: Option<Server>,
    /// The command of the last server, running or not.
    last_server: Option<String>,
    /// Holds the exported variables and the current folder between two commands.
    state: TempDir,
}

struct Server {
    process: Process,
    /// So much of its output has been looked at.
    looked: usize,
}

/// How a server's start ended.
pub enum Started {
    Serves,
    /// By itself, before it answered.
    Ended(ExitStatus, String),
}

/// Ends as the command does, and remembers what it exported and where it went.
const TYPE: &str =
    r#"source "$1"; eval "$2"; status=$?; { declare -px; printf 'cd %q\n' "$PWD"; } > "$1"; exit $status"#;
const SERVE: &str = r#"source "$1"; eval "$2""#;

impl Terminal {
    pub fn in_the(copy: &Copy) -> Result<Self> {
        let state = TempDir::new()?;
        File::create(state.path().join("state"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let (project, target) = (copy.project.clone(), copy.target.clone());
        Ok(Self { project, target, port, server: None, last_server: None, state })
    }

    /// The text's port and folder become those of this run.
    pub fn here(&self, text: &str) -> String {
        replace_number(&text.replace(FOLDER, &self.folder()), PORT, &self.port.to_string())
    }

    /// And back.
    pub fn as_in_the_text(&self, seen: &str) -> String {
        replace_number(&seen.replace(&self.folder(), FOLDER), &self.port.to_string(), PORT)
    }

    fn folder(&self) -> String {
        self.project.display().to_string()
    }

    pub fn run(&self, command: &str) -> Result<(ExitStatus, String)> {
        let (status, said) = self.start(TYPE, command)?.finish(PATIENCE)?;
        Ok((status, self.as_in_the_text(&said)))
    }

    /// Returns when it answers.
    pub fn serve(&mut self, command: &str) -> Result<Started> {
        if self.serves() {
            return Err("another server is still running: it wants a ^C".into());
        }
        let process = self.start(SERVE, command)?;
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if process.has_ended_within(A_MOMENT) {
                let (status, said) = process.finish(PATIENCE)?;
                return Ok(Started::Ended(status, self.as_in_the_text(&said)));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("it does not answer, and said:\n{}", process.said()).into());
            }
        }
        self.server = Some(Server { process, looked: 0 });
        self.last_server = Some(command.to_owned());
        Ok(Started::Serves)
    }

    pub fn serves(&self) -> bool {
        self.server.is_some()
    }

    /// What the server has printed since somebody looked last, as soon as it is enough.
    pub fn watch(&mut self, enough: impl Fn(&str) -> bool) -> Result<String> {
        let mut server = self.server.take().ok_or("no server is running")?;
        let since = |said: &str| self.as_in_the_text(said.get(server.looked..).unwrap_or_default());
        server.process.wait_until(|said| enough(&since(said)), A_MOMENT * 50);
        let said = server.process.said();
        let new = since(&said);
        server.looked = said.len();
        self.server = Some(server);
        Ok(new)
    }

    /// Ends the server. What it printed since somebody looked last.
    pub fn interrupt(&mut self) -> Result<String> {
        let Server { process, looked } = self.server.take().ok_or("no server is running")?;
        process.interrupt()?;
        let (_, said) = process.finish(PATIENCE)?;
        Ok(self.as_in_the_text(said.get(looked..).unwrap_or_default()))
    }

    /// The last server once more, with the code as it is now.
    pub fn restart(&mut self) -> Result {
        if self.serves() {
            self.interrupt()?;
        }
        let command = self.last_server.clone().ok_or("no server has run before")?;
        match self.serve(&command)? {
            Started::Serves => Ok(()),
            Started::Ended(_, said) => Err(format!("`{command}` ends, and says:\n{said}").into()),
        }
    }

    fn start(&self, script: &str, command: &str) -> Result<Process> {
        Process::start(script, |bash| {
            bash.arg("bash").arg(self.state.path().join("state")).arg(command);
            for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_the_test)) {
                bash.env_remove(name);
            }
            bash.current_dir(&self.project)
                .env("ROCKET_PORT", self.port.to_string())
                // A folder of its own: in ours, cargo would take the reader's crate for this one, and link it into
                // other tests.
                .env("CARGO_TARGET_DIR", &self.target)
                .env("CARGO_TERM_COLOR", "never");
        })
    }
}

/// What cargo says to the tests of a crate, and what the caller has set for Rocket, is not for the reader's commands.
fn is_of_the_test(variable: &str) -> bool {
    const PREFIXES: [&str; 7] = [
        "ROCKET_",
        "DATABASE_URL",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_BIN_",
        "CARGO_CRATE_NAME",
        "RUST_BACKTRACE",
    ];
    PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

fn replace_number(text: &str, old: &str, new: &str) -> String {
    let mut result = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices(old) {
        let before = text[..at].chars().next_back();
        let after = text[at + old.len()..].chars().next();
        if !before.into_iter().chain(after).any(|c| c.is_ascii_alphanumeric()) {
            result.push_str(&text[from..at]);
            result.push_str(new);
            from = at + old.len();
        }
    }
    result + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_of_its_own() {
        let text = "http://127.0.0.1:8000/ 18000 8000a 8000";
        assert_eq!(replace_number(text, "8000", "41234"), "http://127.0.0.1:41234/ 18000 8000a 41234");
    }
}
