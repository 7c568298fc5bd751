use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// What Rocket says when it listens.
const ANNOUNCEMENT: &str = "Rocket has launched from http://127.0.0.1:";

/// A server process. Dropped, it is killed.
pub struct Server {
    child: Child,
    pub port: u16,
    log: Log,
}

impl Server {
    /// Starts it and waits until it listens. Panics with its log where it does not.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Log::default();
        let (sender, port) = mpsc::channel();
        log.drain(child.stdout.take().unwrap(), sender.clone());
        log.drain(child.stderr.take().unwrap(), sender);

        let mut server = Self { child, port: 0, log };
        // An error is the end of both outputs: the process has ended.
        match port.recv_timeout(Duration::from_secs(60)) {
            Ok(port) => server.port = port,
            Err(_) => panic!("the server has not launched:\n{}", server.log.text()),
        }
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing in the process learns of it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as an administrator ends it, and its last act.
    pub fn stop(mut self) {
        assert!(Command::new("kill").arg(self.pid().to_string()).status().unwrap().success());
        self.child.wait().unwrap();
    }

    /// The process is the one that was started.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Whether one of the `causes` stands in a line of the log that reports a session's failure.
    pub fn has_logged(&self, causes: &[&str]) -> bool {
        let text = self.log.text().to_lowercase();
        let mut reports = text.lines().filter(|line| line.contains("session store is not available"));
        reports.any(|line| causes.iter().any(|cause| line.contains(cause)))
    }

    /// The last of what it has said.
    pub fn last_words(&self) -> String {
        let text = self.log.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// All that a process says. It is read while the process runs: a full pipe would block it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn drain(&self, output: impl Read + Send + 'static, port: mpsc::Sender<u16>) {
        let log = self.clone();
        thread::spawn(move || {
            let mut port = Some(port);
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some((_, number)) = line.split_once(ANNOUNCEMENT) {
                    port.take().map(|port| port.send(number.trim_end_matches('.').parse().unwrap()));
                }
                let mut text = log.0.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
            }
        });
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}
