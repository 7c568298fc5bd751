use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use std::{io, thread};

use crate::Result;

/// A running bash script and all processes that it starts. They are killed when this value is dropped or when the test
/// process ends, even if the test is killed.
pub struct Process {
    child: Child,
    output: Arc<Output>,
    /// The input of the guard. Nothing is written to it. When it is closed, the guard kills the processes.
    guard_input: Option<ChildStdin>,
}

/// Waits in the background until its input is closed, and then kills the process group. This is necessary because a
/// Ctrl+C that ends the test does not reach the script, which has its own process group.
const GUARD: &str = "exec 3<&0 </dev/null; { cat <&3; kill -KILL -- -$$; } >/dev/null 2>&1 & disown; exec 3<&-;";

/// The standard output and standard error of a script. They are read while it runs, because a full pipe would block it.
#[derive(Default)]
struct Output {
    state: Mutex<OutputState>,
    changed: Condvar,
}

#[derive(Default)]
struct OutputState {
    bytes: Vec<u8>,
    /// All processes have ended or closed their outputs.
    is_complete: bool,
}

impl Process {
    /// Starts a script. `prepare` can set arguments and environment variables.
    pub fn start(script: &str, prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        // If the tests run in the background, they ignore SIGINT, and their child processes inherit this.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", "bash", "-c"]).arg(format!("{GUARD} {script}"));
        prepare(&mut command);
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.process_group(0).spawn()?;
        drop(command); // it has copies of the writer, which would keep the pipe open
        let guard_input = child.stdin.take();
        let output = Arc::new(Output::default());
        let reading_output = output.clone();
        thread::spawn(move || reading_output.read_from(reader));
        Ok(Self { child, output, guard_input })
    }

    /// Returns everything that was printed so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.output.state.lock().unwrap().bytes).into_owned()
    }

    /// Waits until the output satisfies the condition. Returns false if it ends before that, or after the timeout.
    pub fn wait_until(&self, condition: impl Fn(&str) -> bool, timeout: Duration) -> bool {
        let is_satisfied = |state: &OutputState| condition(&String::from_utf8_lossy(&state.bytes));
        let state = self.output.state.lock().unwrap();
        let must_wait = |state: &mut OutputState| !state.is_complete && !is_satisfied(state);
        let (state, _) = self.output.changed.wait_timeout_while(state, timeout, must_wait).unwrap();
        is_satisfied(&state)
    }

    /// Waits until all processes have ended. Returns false after the timeout.
    pub fn has_ended_within(&self, timeout: Duration) -> bool {
        let state = self.output.state.lock().unwrap();
        let (state, _) = self.output.changed.wait_timeout_while(state, timeout, |state| !state.is_complete).unwrap();
        state.is_complete
    }

    /// Waits until all processes have ended, and returns the script's exit status and the whole output.
    pub fn finish(mut self, timeout: Duration) -> Result<(ExitStatus, String)> {
        if !self.has_ended_within(timeout) {
            return Err(format!("the command has not ended after {timeout:?}. It printed:\n{}", self.output()).into());
        }
        Ok((self.child.wait()?, self.output()))
    }

    /// Sends SIGINT to all processes, as Ctrl+C does in a terminal.
    pub fn interrupt(&self) -> Result {
        self.signal("INT").then_some(()).ok_or("the command could not be interrupted".into())
    }

    fn signal(&self, name: &str) -> bool {
        let group = format!("-{}", self.child.id());
        Command::new("kill")
            .args(["-s", name, "--", &group])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

impl Output {
    /// Reads the pipe until its end.
    fn read_from(&self, mut pipe: impl Read) {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            self.state.lock().unwrap().bytes.extend(&buffer[..length]);
            self.changed.notify_all();
        }
        self.state.lock().unwrap().is_complete = true;
        self.changed.notify_all();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard_input.take());
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    #[test]
    #[ignore = "needs bash"]
    fn standard_output_and_standard_error_are_combined_in_order() -> Result {
        let process = Process::start("echo a; echo b >&2; echo c; exit 3", |_| {})?;
        let (status, output) = process.finish(TIMEOUT)?;
        assert_eq!((status.code(), output.as_str()), (Some(3), "a\nb\nc\n"));
        Ok(())
    }

    #[test]
    #[ignore = "needs bash"]
    fn the_processes_of_a_script_are_interrupted_with_it() -> Result {
        // Waits until tail runs. If the signal came before the shell's child process becomes tail, it would survive.
        let process = Process::start("tail -n +1 -f Cargo.toml; echo after", |_| {})?;
        assert!(process.wait_until(|output| output.contains("[package]"), TIMEOUT));
        process.interrupt()?;
        process.finish(TIMEOUT).map(drop)
    }

    #[test]
    #[ignore = "needs bash"]
    fn the_processes_of_a_script_are_killed_when_it_is_dropped() -> Result {
        // The output is complete when no process has the pipe open any more.
        let process = Process::start("sleep 1000 & (sleep 1000; sleep 1000) & echo ready; wait", |_| {})?;
        assert!(process.wait_until(|output| output.contains("ready"), TIMEOUT));
        let output = process.output.clone();
        drop(process);
        let state = output.state.lock().unwrap();
        let (state, _) = output.changed.wait_timeout_while(state, TIMEOUT, |state| !state.is_complete).unwrap();
        assert!(state.is_complete);
        Ok(())
    }

    #[test]
    #[ignore = "needs bash"]
    fn the_processes_of_a_script_are_killed_when_the_test_is_killed() -> Result {
        let mut process = Process::start("sleep 1000 & sleep 1000", |_| {})?;
        process.guard_input = None; // the kernel closes it when the test is killed
        assert!(process.has_ended_within(TIMEOUT));
        Ok(())
    }
}
