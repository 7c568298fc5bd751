use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::thread;

use super::environment::Environment;
use crate::error::Result;

/// The server prints this, followed by its port, when it is ready for requests.
pub const LISTENING: &str = "listening on port ";

/// A server in a process of its own. The process is killed when this value is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    pub port: u16,
}

impl Server {
    /// Starts a server and waits until it is ready for requests.
    pub fn start(environment: &Environment) -> Result<Self> {
        let mut process = environment.command("serve")?.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let mut server = Self { process, port: 0 };
        let mut lines = String::new();
        loop {
            let mut line = String::new();
            if output.read_line(&mut line)? == 0 {
                return Err(format!("the server ended before it was ready:\n{lines}").into());
            }
            if let Some(port) = line.strip_prefix(LISTENING) {
                server.port = port.trim().parse()?;
                break;
            }
            lines += &line;
        }
        thread::spawn(move || print_errors(output)); // a full pipe would block the server
        Ok(server)
    }

    /// Returns the process ID.
    pub fn id(&self) -> i32 {
        self.process.id().cast_signed()
    }

    /// Returns the URL of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prints what the server prints, without the lines about closed connections. wrk closes its connections at the end of
/// a measurement, even if some requests have no response yet.
fn print_errors(output: impl BufRead) {
    const IGNORED: [&str; 5] =
        ["Rocket has launched", "Connection failed", "Connection reset", "Broken pipe", "Remote left"];

    for line in output.lines().map_while(std::result::Result::ok) {
        let has_text = line.chars().any(char::is_alphanumeric);
        if has_text && !IGNORED.iter().any(|ignored| line.contains(ignored)) {
            eprintln!("server: {line}");
        }
    }
}
