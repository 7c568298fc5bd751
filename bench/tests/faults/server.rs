use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// Rocket prints this, followed by the port, when it is ready for requests.
const LAUNCHED: &str = "Rocket has launched from http://127.0.0.1:";

/// A server process. It is killed when this value is dropped.
pub struct Server {
    child: Child,
    pub port: u16,
    log: Log,
}

impl Server {
    /// Starts a server and waits until it is ready for requests. Panics with its log if it does not launch.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Log::default();
        let (sender, port) = mpsc::channel();
        log.append_from(child.stdout.take().unwrap(), sender.clone());
        log.append_from(child.stderr.take().unwrap(), sender);

        let mut server = Self { child, port: 0, log };
        // The channel closes when both outputs end, that is, when the process ends.
        match port.recv_timeout(Duration::from_secs(60)) {
            Ok(port) => server.port = port,
            Err(_) => panic!("the server did not launch:\n{}", server.log.text()),
        }
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process with SIGKILL, which it cannot handle.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends the process with SIGTERM, as an administrator does, and waits until it has shut down.
    pub fn stop(mut self) {
        assert!(Command::new("kill").arg(self.pid().to_string()).status().unwrap().success());
        self.child.wait().unwrap();
    }

    /// Returns true if the process has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Returns true if a line of the log reports that the session store is not available and names one of the `causes`.
    pub fn has_logged(&self, causes: &[&str]) -> bool {
        let text = self.log.text().to_lowercase();
        let mut errors = text.lines().filter(|line| line.contains("session store is not available"));
        errors.any(|line| causes.iter().any(|cause| line.contains(cause)))
    }

    /// Returns the last 60 lines of the log.
    pub fn log_tail(&self) -> String {
        let text = self.log.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// Returns the resident memory in KiB.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Returns the number of threads.
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// Returns a number from the process's `/proc/<pid>/status`.
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

/// Everything that a process has printed. It is read while the process runs, because a full pipe would block the
/// process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    /// Starts a thread that reads a process's output. It sends the port when the server is ready for requests.
    fn append_from(&self, output: impl Read + Send + 'static, port: mpsc::Sender<u16>) {
        let log = self.clone();
        thread::spawn(move || {
            let mut port = Some(port);
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some((_, number)) = line.split_once(LAUNCHED) {
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
