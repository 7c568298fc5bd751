use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use reqwest::blocking::Client;

/// The real program as a server on this machine. It is stopped when this is dropped.
pub struct Server {
    child: Child,
    site: String,
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
        thread::spawn(move || lines.for_each(drop)); // a full pipe would block the program
        Self { child, site: site.expect("the program should launch") }
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

    /// Returns the page at this path.
    pub fn get(&self, server: &Server, path: &str) -> String {
        self.0.get(format!("{}{path}", server.site)).send().unwrap().text().unwrap()
    }

    /// Sends a form.
    pub fn post(&self, server: &Server, path: &str, form: &[(&str, &str)]) {
        let answer = self.0.post(format!("{}{path}", server.site)).form(form).send().unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
}
