use std::fs;

use procfs::process::Process;

use crate::error::Result;

/// The resources that a process has used so far.
///
/// The kernel counts processor time in ticks, usually a hundred per second. In a measurement of five seconds, one tick
/// is 0.2 % of a processor.
#[derive(Clone, Copy, Debug)]
pub struct ProcessUsage {
    pub cpu_seconds: f64,
    /// How many bytes were sent to the storage layer, in whole pages. Zero if the file system is in memory.
    pub written_bytes: u64,
    /// The peak memory since the start of the process, or since [`reset_peak_memory`].
    pub peak_memory_bytes: u64,
}

impl ProcessUsage {
    /// Reads the usage of the process with this ID.
    pub fn of(process: i32) -> Result<Self> {
        let process = Process::new(process)?;
        let stat = process.stat()?;
        Ok(Self {
            cpu_seconds: (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64,
            written_bytes: process.io()?.write_bytes,
            peak_memory_bytes: process.status()?.vmhwm.ok_or("the process has ended")? * 1024,
        })
    }
}

/// Resets the peak memory of a process to its current memory.
pub fn reset_peak_memory(process: i32) -> Result {
    const RESET_PEAK: &str = "5"; // see clear_refs in proc(5)
    Ok(fs::write(format!("/proc/{process}/clear_refs"), RESET_PEAK)?)
}
