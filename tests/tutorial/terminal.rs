use std::fs::File;
use std::io::{self, PipeWriter, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, thread};

use regex::Regex;
use tempfile::TempDir;

use crate::Result;
use crate::project_copy::ProjectCopy;

/// The server's port in the text.
const PORT: u16 = 8000;

/// The project's folder in the text.
const FOLDER: &str = "/home/you/rocket_diesel_sessions";

/// How often a starting server is asked for a connection.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long to wait for what a server prints, once it answers.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(5);

/// The reader's two terminals. A server runs in the first one, and the reader types commands in the second one.
pub struct Terminal {
    project: PathBuf,
    target: PathBuf,
    port: u16,
    server: Option<Server>,
    /// Contains a file that keeps the exported variables and the current folder for the next command.
    state: TempDir,
}

/// A running server.
struct Server {
    child: Child,
    /// When it is closed, the processes are killed.
    guard: Option<PipeWriter>,
    /// What it prints. Closed when all its processes have ended.
    chunks: Receiver<Vec<u8>>,
    /// What was received, and how much of it was returned already.
    printed: Vec<u8>,
    read: usize,
}

/// A command that has ended: its status, and what it has printed.
pub type Ended = (ExitStatus, String);

/// Kills the process group when the script's input is closed, because a Ctrl+C that ends the test does not reach it.
const GUARD: &str = "exec 3<&0 </dev/null 2>&1; { cat <&3; kill -KILL -- -$$; } >/dev/null 2>&1 & disown; exec 3<&-;";

/// Exits with the command's status, and saves the exported variables and the current folder.
const RUN: &str =
    r#"source "$1"; eval "$2"; status=$?; { declare -px; printf 'cd %q\n' "$PWD"; } > "$1"; exit $status"#;
const SERVE: &str = r#"source "$1"; eval "$2""#;

impl Terminal {
    pub fn new(copy: &ProjectCopy) -> Result<Self> {
        let state = TempDir::new()?;
        File::create(state.path().join("state"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port(); // a free one
        Ok(Self { project: copy.project.clone(), target: copy.target.clone(), port, server: None, state })
    }

    /// Replaces the text's port and folder by those of this run.
    pub fn to_run(&self, text: &str) -> String {
        replace_number(&text.replace(FOLDER, &self.project.display().to_string()), PORT, self.port)
    }

    /// Replaces the port and the folder of this run by those of the text.
    pub fn to_text(&self, output: &str) -> String {
        replace_number(&output.replace(&self.project.display().to_string(), FOLDER), self.port, PORT)
    }

    /// Runs a command until it ends. Then what it has left running is killed.
    pub fn run(&self, command: &str) -> Result<Ended> {
        let (mut bash, _guard) = self.bash(RUN, command)?;
        let output = bash.output()?;
        Ok((output.status, self.to_text(&String::from_utf8_lossy(&output.stdout))))
    }

    /// Starts a server, and waits until it answers or has ended. Returns `None` if it answers.
    pub fn start_server(&mut self, command: &str) -> Result<Option<Ended>> {
        if self.has_server() {
            return Err("another server is still running: a ^C is missing before this command".into());
        }
        let (mut bash, guard) = self.bash(SERVE, command)?;
        let mut server = Server::start(&mut bash, guard)?;
        drop(bash); // it keeps the server's output open
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if server.wait_until(POLL_INTERVAL, |_| false) {
                return Ok(Some((server.child.wait()?, self.to_text(&server.unread()))));
            }
        }
        self.server = Some(server);
        Ok(None)
    }

    pub fn has_server(&self) -> bool {
        self.server.is_some()
    }

    /// Returns what the server has printed since the last call. Waits for some seconds until it is enough.
    pub fn read_server_output(&mut self, is_enough: impl Fn(&str) -> bool) -> Result<String> {
        let mut server = self.server.take().ok_or("no server is running")?;
        server.wait_until(OUTPUT_TIMEOUT, |output| is_enough(&self.to_text(output)));
        let output = self.to_text(&server.unread());
        server.read = server.printed.len();
        self.server = Some(server);
        Ok(output)
    }

    /// Ends the server as Ctrl+C does. Returns what it has printed since the last call of `read_server_output`.
    pub fn stop_server(&mut self) -> Result<String> {
        let mut server = self.server.take().ok_or("no server is running")?;
        let group = format!("-{}", server.child.id());
        Command::new("kill").args(["-s", "INT", "--", &group]).status()?;
        server.child.wait()?;
        server.wait_until(OUTPUT_TIMEOUT, |_| false);
        Ok(self.to_text(&server.unread()))
    }

    /// Returns bash with a script that runs a command, and what must be kept while it runs.
    fn bash(&self, script: &str, command: &str) -> Result<(Command, PipeWriter)> {
        let mut bash = Command::new("env");
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_set_for_the_test)) {
            bash.env_remove(name);
        }
        let (input, guard) = io::pipe()?;
        // If the tests run in the background, they ignore SIGINT, and their child processes inherit this.
        bash.args(["--default-signal=INT", "bash", "-c", &format!("{GUARD} {script}"), "bash"])
            .arg(self.state.path().join("state"))
            .arg(command)
            .current_dir(&self.project)
            .env("ROCKET_PORT", self.port.to_string())
            // In the test's own target folder, Cargo would confuse the copy of a crate with the original, and link the
            // copy into other tests.
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .stdin(input)
            .process_group(0);
        Ok((bash, guard))
    }
}

impl Server {
    fn start(bash: &mut Command, guard: PipeWriter) -> Result<Self> {
        let (mut reader, writer) = io::pipe()?;
        let child = bash.stdout(writer).spawn()?;
        let (sender, chunks) = mpsc::channel();
        // A thread reads the pipe, because a full one would block the server.
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        });
        Ok(Self { child, guard: Some(guard), chunks, printed: Vec::new(), read: 0 })
    }

    /// Waits until what was not read yet satisfies the condition, but not longer than the timeout. Returns whether all
    /// processes have ended.
    fn wait_until(&mut self, timeout: Duration, condition: impl Fn(&str) -> bool) -> bool {
        let end = Instant::now() + timeout;
        while !condition(&self.unread()) {
            match self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(chunk) => self.printed.extend(chunk),
                Err(error) => return error == RecvTimeoutError::Disconnected,
            }
        }
        false
    }

    fn unread(&self) -> String {
        String::from_utf8_lossy(&self.printed[self.read..]).into_owned()
    }
}

/// Returns whether the reader's commands must not see an environment variable: Cargo sets some of them for tests, and the
/// caller may have set others for Rocket.
fn is_set_for_the_test(variable: &str) -> bool {
    let prefixes =
        ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_", "ROCKET_", "DATABASE_", "RUST_BACKTRACE"];
    prefixes.iter().any(|prefix| variable.starts_with(prefix))
}

/// Replaces a number, but not if it is a part of a longer number or word.
fn replace_number(text: &str, old: u16, new: u16) -> String {
    let number = Regex::new(&format!(r"\b{old}\b")).expect("the pattern is valid");
    number.replace_all(text, new.to_string()).into_owned()
}

#[test]
#[ignore = "needs bash"]
fn all_processes_of_a_server_are_killed_when_the_test_ends() -> Result {
    let (input, guard) = io::pipe()?;
    let script = format!("{GUARD} sleep 1000 & (sleep 1000; sleep 1000) & echo ready; wait");
    let mut server = Server::start(Command::new("bash").arg("-c").arg(script).stdin(input).process_group(0), guard)?;
    server.wait_until(OUTPUT_TIMEOUT, |output| output == "ready\n");
    server.guard = None; // the kernel closes it when the test ends
    assert!(server.wait_until(OUTPUT_TIMEOUT, |_| false));
    Ok(())
}
