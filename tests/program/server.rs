use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use reqwest::blocking::Client;

/// The real program as a server on this machine. It is stopped when this is dropped.
pub struct Server {
    child: Child,
    site: String,
    output: Receiver<String>,
}

impl Server {
    /// Starts the program in the profile `debug`, and waits until it answers.
    pub fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_session_tutorial"))
            .env_clear() // the caller's own settings for Rocket would change the result
            .envs([("ROCKET_PROFILE", "debug"), ("ROCKET_CLI_COLORS", "false"), ("ROCKET_PORT", "0")])
            .env("DATABASE_URL", database)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(io::Result::ok);
        let site = lines.find_map(|line| Some(line.split_once("Rocket has launched from ")?.1.to_owned()));
        let (sender, output) = channel();
        thread::spawn(move || lines.for_each(|line| drop(sender.send(line)))); // a full pipe would block the program
        Self { child, site: site.expect("the program should launch"), output }
    }

    /// Returns the URL of the page at this path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    /// Waits until the program prints a line that contains this.
    pub fn wait_for_line(&self, text: &str) {
        let found = self.output.iter().any(|line| line.contains(text));
        assert!(found, "the program has ended without: {text}");
    }

    /// Sends SIGTERM, as `kill` and systemd do.
    pub fn terminate(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// Waits until the program ends.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
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
