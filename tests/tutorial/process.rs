use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use std::{io, thread};

use crate::Result;

/// A command and all processes that it starts. They are ended with this value, if not before.
pub struct Process {
    child: Child,
    output: Arc<Output>,
}

/// What it has said on both of its outputs. It is read while the process runs: a full pipe would stop it.
#[derive(Default)]
struct Output {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    /// Nobody can say more.
    complete: bool,
}

impl Process {
    pub fn start(command: &mut Command) -> Result<Self> {
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let child = command.process_group(0).spawn()?;
        // The command has copies of the writer: with them the output would never be complete.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let output = Arc::new(Output::default());
        let listener = output.clone();
        thread::spawn(move || listener.listen(reader));
        Ok(Self { child, output })
    }

    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.said.lock().unwrap().bytes).into_owned()
    }

    /// Waits until what it has said is enough. False where it has ended, or the time is over, before.
    pub fn wait_until(&self, enough: impl Fn(&str) -> bool, at_most: Duration) -> bool {
        let is_enough = |said: &Said| enough(&String::from_utf8_lossy(&said.bytes));
        let said = self.output.said.lock().unwrap();
        let wait = |said: &mut Said| !said.complete && !is_enough(said);
        let (said, _) = self.output.more.wait_timeout_while(said, at_most, wait).unwrap();
        is_enough(&said)
    }

    pub fn has_ended_within(&self, time: Duration) -> bool {
        let said = self.output.said.lock().unwrap();
        let (said, _) = self.output.more.wait_timeout_while(said, time, |said| !said.complete).unwrap();
        said.complete
    }

    /// Its end, and all that it has said.
    pub fn finish(mut self, at_most: Duration) -> Result<(ExitStatus, String)> {
        if !self.has_ended_within(at_most) {
            return Err(format!("it has not ended in {at_most:?}, and said:\n{}", self.said()).into());
        }
        Ok((self.child.wait()?, self.said()))
    }

    /// What Ctrl+C is to all processes in the terminal.
    pub fn interrupt(&self) -> Result {
        self.signal("INT").then_some(()).ok_or("it could not be interrupted".into())
    }

    fn signal(&self, name: &str) -> bool {
        let group = format!("-{}", self.child.id());
        Command::new("kill")
            .args(["-s", name, "--", &group])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|it| it.success())
    }
}

impl Output {
    fn listen(&self, mut output: impl Read) {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut buffer) {
            self.said.lock().unwrap().bytes.extend(&buffer[..length]);
            self.more.notify_all();
        }
        self.said.lock().unwrap().complete = true;
        self.more.notify_all();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.signal("KILL");
            let _ = self.child.wait();
        }
    }
}
