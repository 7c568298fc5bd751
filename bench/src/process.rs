use std::fs;

use procfs::process::Process;

use crate::Outcome;

/// What a process has used so far.
///
/// The kernel counts processor time in ticks, of which there are a hundred a second: in a measurement of five seconds
/// one tick is a fifth of a percent of a processor.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub cpu_seconds: f64,
    /// What was sent towards the storage, a page at least for whatever was written. Zero where the file system is
    /// memory.
    pub written_bytes: u64,
    /// The most memory since [`forget_peak`].
    pub peak_memory_bytes: u64,
}

impl Used {
    pub fn by(process: i32) -> Outcome<Self> {
        let process = Process::new(process)?;
        let stat = process.stat()?;
        Ok(Self {
            cpu_seconds: (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64,
            written_bytes: process.io()?.write_bytes,
            peak_memory_bytes: process.status()?.vmhwm.ok_or("the process has ended")? * 1024,
        })
    }
}

/// From now on the peak is that of what comes.
pub fn forget_peak(process: i32) -> Outcome {
    const PEAK: &str = "5"; // proc(5), clear_refs
    Ok(fs::write(format!("/proc/{process}/clear_refs"), PEAK)?)
}
