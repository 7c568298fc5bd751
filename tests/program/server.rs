use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use reqwest::blocking::Client;

/// Longer than anything here takes, also on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// The real program as a server on this machine. It is stopped when this is dropped.
pub struct Server {
    child: Child,
    site: String,
    /// What it printed until it had launched.
    pub launch: String,
    /// What it prints from then on.
    lines: Receiver<String>,
}

impl Server {
    /// Starts the program in the profile `debug`, and waits until it answers.
    pub fn start(database: &str) -> Self {
        Self::start_with(database, &[]).expect("the program should launch")
    }

    /// Starts the program in the profile `debug` with this environment, and waits until it answers. Returns what it has
    /// printed if it does not launch.
    pub fn start_with(database: &str, environment: &[(&str, &str)]) -> Result<Self, String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_session_tutorial"))
            .env_clear() // the caller's own settings for Rocket would change the result
            .envs([("ROCKET_PROFILE", "debug"), ("ROCKET_CLI_COLORS", "false"), ("ROCKET_PORT", "0")])
            .env("DATABASE_URL", database)
            .envs(environment.iter().copied())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap()).lines().map_while(io::Result::ok);
        // Reads on when nobody waits for a line: a full pipe would block the program.
        thread::spawn(move || output.for_each(|line| drop(sender.send(line))));
        let mut printed = String::new();
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            printed += &format!("{line}\n");
            if let Some((_, site)) = line.split_once("Rocket has launched from ") {
                let site = site.split('"').next().unwrap().to_owned(); // the log may be JSON
                return Ok(Self { child, site, launch: printed, lines });
            }
        }
        let _ = child.kill().and_then(|()| child.wait());
        Err(printed)
    }

    /// Returns the address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    /// Waits for a line that fits, and returns all lines up to it that nobody has got before.
    pub fn lines_until(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| fits(line)) {
            lines.push(self.lines.recv_timeout(PATIENCE).expect("a line that fits"));
        }
        lines
    }

    /// Sends SIGTERM, as `kill` and systemd do.
    pub fn terminate(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// Sends SIGTERM again until the program ends. The system delivers two signals as one if they come close together.
    pub fn terminate_until_it_ends(&mut self) {
        while self.child.try_wait().unwrap().is_none() {
            self.terminate();
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the program ends. Also returns the lines that nobody has got before.
    pub fn wait(mut self) -> (ExitStatus, Vec<String>) {
        // A program that has ended has closed its output.
        let lines = std::iter::from_fn(|| match self.lines.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => panic!("the program does not end"),
            line => line.ok(),
        });
        let lines = lines.collect();
        (self.child.wait().unwrap(), lines)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A browser with cookies. A cookie does not depend on the port.
pub struct Browser(Client);

impl Browser {
    pub fn new() -> Self {
        Self(Client::builder().cookie_store(true).build().unwrap())
    }

    /// Returns the status of a page, or `None` if there was no answer.
    pub fn status(&self, url: &str) -> Option<u16> {
        Some(self.0.get(url).send().ok()?.status().as_u16())
    }

    /// Returns the page at this path.
    pub fn get(&self, server: &Server, path: &str) -> String {
        self.0.get(server.url(path)).send().unwrap().text().unwrap()
    }

    /// Sends a form.
    pub fn post(&self, server: &Server, path: &str, form: &[(&str, &str)]) {
        let answer = self.0.post(server.url(path)).form(form).send().unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
}
