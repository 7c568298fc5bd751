use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::Outcome;
use crate::server::Server;

/// What is sent, and for how long.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    pub server: &'a Server,
    pub seconds: u32,
    pub connections: u32,
    pub threads: u32,
    /// A cookie per line.
    pub cookies: Option<&'a Path>,
    /// Where each thread goes on among its requests.
    pub from: &'a [usize],
    pub paths: &'a [&'a str],
}

/// What came back. Latencies are microseconds.
///
/// A connection that waits for a slow answer sends nothing, so the requests that would have been slow too are missing;
/// wrk adds them before it takes the percentiles.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    pub requests: u64,
    pub microseconds: u64,
    status: u64,
    connect: u64,
    read: u64,
    write: u64,
    timeout: u64,
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
    pub at: Vec<usize>,
}

/// Which wrk is there.
pub fn version() -> Outcome<String> {
    let output = Command::new("wrk").arg("--version").output().map_err(missing)?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.split_whitespace().nth(1).unwrap_or("of an unknown version").to_owned())
}

fn missing(error: io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "the program wrk is missing: on Debian, apt install wrk".into(),
        _ => format!("wrk: {error}"),
    }
}

impl Load<'_> {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// Where one request was answered by an error, or not at all: what was measured then is not what was meant.
    pub fn send(&self) -> Outcome<Answer> {
        let output = Command::new("wrk")
            .args([format!("-t{}", self.threads), format!("-c{}", self.connections), format!("-d{}s", self.seconds)])
            .args(["--timeout", "10s"]) // longer than the server waits before it answers 503
            .args(["-s", concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/requests.lua")])
            .args([&self.server.url(""), "--", &self.threads.to_string()])
            .arg(self.cookies.unwrap_or(Path::new("-")))
            .arg(self.from.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
            .args(self.paths)
            .output()
            .map_err(missing)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let Some(line) = said.lines().rfind(|line| line.starts_with('{')).filter(|_| output.status.success()) else {
            return Err(format!("wrk failed:\n{said}{}", String::from_utf8_lossy(&output.stderr)).into());
        };
        let answer: Answer = serde_json::from_str(line)?;
        answer.check(self.paths)?;
        Ok(answer)
    }
}

impl Answer {
    fn check(&self, paths: &[&str]) -> Outcome {
        let Self { requests, status, connect, read, write, timeout, .. } = self;
        let failed = [status, connect, read, write, timeout].into_iter().any(|&count| count > 0);
        if failed || *requests == 0 {
            return Err(format!(
                "{}: of {requests} requests {status} were answered by an error, {timeout} were not answered in time; \
                 {connect} connections failed to open, {read} to read, {write} to write",
                paths.join(" and ")
            )
            .into());
        }
        Ok(())
    }
}
