use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::error::Result;

/// The requests that wrk sends, and for how long.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    /// The server's URL, without a path.
    pub url: &'a str,
    pub seconds: u32,
    pub connections: u32,
    pub threads: u32,
    /// The file with one cookie per line.
    pub cookies: Option<&'a Path>,
    /// The index of each thread's last request, from which it continues.
    pub positions: &'a [usize],
    pub paths: &'a [&'a str],
}

/// What wrk measured. Latencies are in microseconds.
///
/// A connection that waits for a slow response sends nothing meanwhile, so requests that would also have been slow are
/// missing. wrk corrects the percentiles for them.
#[derive(Clone, Debug, Deserialize)]
pub struct Summary {
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
    pub positions: Vec<usize>,
}

/// Returns the version of the installed wrk.
pub fn version() -> Result<String> {
    let output = Command::new("wrk").arg("--version").output().map_err(describe)?;
    let output = String::from_utf8_lossy(&output.stdout);
    Ok(output.split_whitespace().nth(1).unwrap_or("of an unknown version").to_owned())
}

fn describe(error: io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "wrk is not installed. On Debian, run `apt install wrk`".into(),
        _ => format!("wrk: {error}"),
    }
}

impl Load<'_> {
    /// Sends the requests and returns wrk's summary.
    ///
    /// # Errors
    ///
    /// Fails if the response to any request was an error or did not arrive in time, because the figures would then
    /// include something else than the intended requests.
    pub fn send(&self) -> Result<Summary> {
        let output = Command::new("wrk")
            .args([format!("-t{}", self.threads), format!("-c{}", self.connections), format!("-d{}s", self.seconds)])
            .args(["--timeout", "10s"]) // longer than the server waits before it answers 503
            .args(["-s", concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/requests.lua")])
            .args([self.url, "--", &self.threads.to_string()])
            .arg(self.cookies.unwrap_or(Path::new("-")))
            .arg(self.positions.iter().map(usize::to_string).collect::<Vec<_>>().join(","))
            .args(self.paths)
            .output()
            .map_err(describe)?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        let Some(line) = stdout.lines().rfind(|line| line.starts_with('{')).filter(|_| output.status.success()) else {
            return Err(format!("wrk failed:\n{stdout}{}", String::from_utf8_lossy(&output.stderr)).into());
        };
        let summary: Summary = serde_json::from_str(line)?;
        summary.check(self.paths)?;
        Ok(summary)
    }
}

impl Summary {
    /// Returns an error if any request failed.
    fn check(&self, paths: &[&str]) -> Result {
        let Self { requests, status, connect, read, write, timeout, .. } = self;
        let failed = [status, connect, read, write, timeout].into_iter().any(|&count| count > 0);
        if failed || *requests == 0 {
            return Err(format!(
                "{}: of {requests} requests, {status} got an error status and {timeout} got no response in time; \
                 {connect} connections could not be opened, {read} failed to read, {write} failed to write",
                paths.join(" and ")
            )
            .into());
        }
        Ok(())
    }
}
