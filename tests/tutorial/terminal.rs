use std::env;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Result;
use crate::process::Process;
use crate::project_copy::ProjectCopy;

/// The server's port in the text.
pub const PORT: &str = "8000";

/// The project's folder in the text.
const FOLDER: &str = "/home/you/rocket_diesel_sessions";

/// How long to wait until a command ends or a server answers. The wait can include a build.
const TIMEOUT: Duration = Duration::from_secs(900);

/// How often a starting server is asked for a connection.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The reader's two terminals. A server runs in the first one, and the reader types commands in the second one.
pub struct Terminal {
    project: PathBuf,
    target: PathBuf,
    port: u16,
    server: Option<Server>,
    /// The command that started the last server. The server does not have to be running.
    last_server_command: Option<String>,
    /// Contains a file that keeps the exported variables and the current folder for the next command.
    state: TempDir,
}

struct Server {
    process: Process,
    /// How many bytes of its output were returned already.
    read: usize,
}

/// The result of starting a server.
pub enum ServerStart {
    /// The server answers.
    Running,
    /// The command ended before it answered, with this status and this output.
    Ended(ExitStatus, String),
}

/// Exits with the command's status, and saves the exported variables and the current folder.
const RUN_SCRIPT: &str =
    r#"source "$1"; eval "$2"; status=$?; { declare -px; printf 'cd %q\n' "$PWD"; } > "$1"; exit $status"#;
const SERVE_SCRIPT: &str = r#"source "$1"; eval "$2""#;

impl Terminal {
    pub fn new(copy: &ProjectCopy) -> Result<Self> {
        let state = TempDir::new()?;
        File::create(state.path().join("state"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let (project, target) = (copy.project.clone(), copy.target.clone());
        Ok(Self { project, target, port, server: None, last_server_command: None, state })
    }

    /// Replaces the text's port and folder by those of this run.
    pub fn to_run(&self, text: &str) -> String {
        replace_number(&text.replace(FOLDER, &self.folder()), PORT, &self.port.to_string())
    }

    /// Replaces the port and the folder of this run by those of the text.
    pub fn to_text(&self, actual: &str) -> String {
        replace_number(&actual.replace(&self.folder(), FOLDER), &self.port.to_string(), PORT)
    }

    fn folder(&self) -> String {
        self.project.display().to_string()
    }

    /// Runs a command until it ends. Returns its status and its output.
    pub fn run(&self, command: &str) -> Result<(ExitStatus, String)> {
        let (status, output) = self.start(RUN_SCRIPT, command)?.finish(TIMEOUT)?;
        Ok((status, self.to_text(&output)))
    }

    /// Starts a server and waits until it answers or ends.
    pub fn start_server(&mut self, command: &str) -> Result<ServerStart> {
        if self.has_server() {
            return Err("another server is still running: a ^C is missing before this command".into());
        }
        let process = self.start(SERVE_SCRIPT, command)?;
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if process.has_ended_within(POLL_INTERVAL) {
                let (status, output) = process.finish(TIMEOUT)?;
                return Ok(ServerStart::Ended(status, self.to_text(&output)));
            }
            if start.elapsed() > TIMEOUT {
                return Err(format!("the server does not answer. It printed:\n{}", process.output()).into());
            }
        }
        self.server = Some(Server { process, read: 0 });
        self.last_server_command = Some(command.to_owned());
        Ok(ServerStart::Running)
    }

    pub fn has_server(&self) -> bool {
        self.server.is_some()
    }

    /// Returns what the server has printed since the last call. Waits up to five seconds until it is enough.
    pub fn read_server_output(&mut self, is_enough: impl Fn(&str) -> bool) -> Result<String> {
        let mut server = self.server.take().ok_or("no server is running")?;
        let unread = |output: &str| self.to_text(output.get(server.read..).unwrap_or_default());
        server.process.wait_until(|output| is_enough(&unread(output)), POLL_INTERVAL * 50);
        let output = server.process.output();
        let new = unread(&output);
        server.read = output.len();
        self.server = Some(server);
        Ok(new)
    }

    /// Ends the server. Returns what it has printed since the last call of `read_server_output`.
    pub fn stop_server(&mut self) -> Result<String> {
        let Server { process, read } = self.server.take().ok_or("no server is running")?;
        process.interrupt()?;
        let (_, output) = process.finish(TIMEOUT)?;
        Ok(self.to_text(output.get(read..).unwrap_or_default()))
    }

    /// Starts the last server again, with the current code.
    pub fn restart_server(&mut self) -> Result {
        if self.has_server() {
            self.stop_server()?;
        }
        let command = self.last_server_command.clone().ok_or("no server has run before")?;
        match self.start_server(&command)? {
            ServerStart::Running => Ok(()),
            ServerStart::Ended(_, output) => Err(format!("`{command}` has ended. It printed:\n{output}").into()),
        }
    }

    fn start(&self, script: &str, command: &str) -> Result<Process> {
        Process::start(script, |bash| {
            bash.arg("bash").arg(self.state.path().join("state")).arg(command);
            for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_set_for_the_test)) {
                bash.env_remove(name);
            }
            bash.current_dir(&self.project)
                .env("ROCKET_PORT", self.port.to_string())
                // In the test's own target folder, Cargo would confuse the copy of a crate with the original, and link
                // the copy into other tests.
                .env("CARGO_TARGET_DIR", &self.target)
                .env("CARGO_TERM_COLOR", "never");
        })
    }
}

/// Returns whether an environment variable is only for this test: Cargo sets some of them for tests, and the caller may
/// have set others for Rocket. The reader's commands must not see them.
fn is_set_for_the_test(variable: &str) -> bool {
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

/// Replaces a number, but not if it is a part of a longer number or word.
fn replace_number(text: &str, old: &str, new: &str) -> String {
    let mut result = String::new();
    let mut from = 0;
    for (position, _) in text.match_indices(old) {
        let before = text[..position].chars().next_back();
        let after = text[position + old.len()..].chars().next();
        if !before.into_iter().chain(after).any(|c| c.is_ascii_alphanumeric()) {
            result.push_str(&text[from..position]);
            result.push_str(new);
            from = position + old.len();
        }
    }
    result + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_a_longer_number_or_word_is_not_replaced() {
        let text = "http://127.0.0.1:8000/ 18000 8000a 8000";
        assert_eq!(replace_number(text, "8000", "41234"), "http://127.0.0.1:41234/ 18000 8000a 41234");
    }
}
