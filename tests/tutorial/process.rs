use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use std::{io, thread};

use crate::Result;

/// A script of bash, and all processes that it starts. They end with this value, if not before, and with the test,
/// however that ends.
pub struct Process {
    child: Child,
    output: Arc<Output>,
    /// Nothing is written to it. At its end the guard knows that nobody cares any more.
    alive: Option<ChildStdin>,
}

/// Runs beside the script. A Ctrl+C that ends the test does not reach the processes, since they have a group of their
/// own.
const GUARD: &str = "exec 3<&0 </dev/null; { cat <&3; kill -KILL -- -$$; } >/dev/null 2>&1 & disown; exec 3<&-;";

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
    pub fn start(script: &str, prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        // Who runs the tests in the background has Ctrl+C ignored, and so have its children.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", "bash", "-c"]).arg(format!("{GUARD} {script}"));
        prepare(&mut command);
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.process_group(0).spawn()?;
        drop(command); // it has copies of the writer: with them the output would never be complete
        let alive = child.stdin.take();
        let output = Arc::new(Output::default());
        let listener = output.clone();
        thread::spawn(move || listener.listen(reader));
        Ok(Self { child, output, alive })
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
        drop(self.alive.take());
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    #[ignore = "needs bash"]
    fn both_outputs_are_one() -> Result {
        let process = Process::start("echo a; echo b >&2; echo c; exit 3", |_| {})?;
        let (status, said) = process.finish(LONG)?;
        assert_eq!((status.code(), said.as_str()), (Some(3), "a\nb\nc\n"));
        Ok(())
    }

    #[test]
    #[ignore = "needs bash"]
    fn what_a_script_has_started_is_interrupted_with_it() -> Result {
        // Interrupted before it has become tail, the shell's child would go on.
        let process = Process::start("tail -n +1 -f Cargo.toml; echo after", |_| {})?;
        assert!(process.wait_until(|said| said.contains("[package]"), LONG));
        process.interrupt()?;
        process.finish(LONG).map(drop)
    }

    #[test]
    #[ignore = "needs bash"]
    fn what_a_script_has_started_ends_with_it() -> Result {
        // The pipe is complete when nobody is left who could write to it.
        let process = Process::start("sleep 1000 & (sleep 1000; sleep 1000) & echo ready; wait", |_| {})?;
        assert!(process.wait_until(|said| said.contains("ready"), LONG));
        let output = process.output.clone();
        drop(process);
        let said = output.said.lock().unwrap();
        let (said, _) = output.more.wait_timeout_while(said, LONG, |said| !said.complete).unwrap();
        assert!(said.complete);
        Ok(())
    }

    #[test]
    #[ignore = "needs bash"]
    fn what_a_script_has_started_ends_when_nobody_is_there_to_end_it() -> Result {
        let mut process = Process::start("sleep 1000 & sleep 1000", |_| {})?;
        process.alive = None; // as it is when the test was killed
        assert!(process.has_ended_within(LONG));
        Ok(())
    }
}
