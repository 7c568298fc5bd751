use std::fs;
use std::ops::Add;

use procfs::process::{self, Process};
use procfs::{ProcError, ProcResult};

use crate::error::Result;

/// The resources that a process has used so far.
///
/// The kernel counts processor time in ticks, usually a hundred per second. In a measurement of five seconds, one tick
/// is 0.2 % of a processor.
#[derive(Clone, Copy, Debug, Default)]
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

    /// Reads the usage of a process and its children, those that have ended included. Memory that they share counts once
    /// for each.
    pub fn of_family(parent: i32) -> Result<Self> {
        let mut family = Self::default();
        for process in process::all_processes()? {
            match process.and_then(|process| Self::of_member(&process, parent)) {
                Ok(usage) => family = family + usage,
                Err(ProcError::NotFound(_)) => {} // it has just ended, so the parent's figures include it
                Err(error) => return Err(error.into()),
            }
        }
        Ok(family)
    }

    /// Reads the usage of a process if it is the parent or one of its children. Otherwise returns zeros.
    fn of_member(process: &Process, parent: i32) -> ProcResult<Self> {
        let stat = process.stat()?;
        let ended_children = match stat.pid == parent {
            true => (stat.cutime + stat.cstime).cast_unsigned(),
            false if stat.ppid == parent => 0,
            false => return Ok(Self::default()),
        };
        Ok(Self {
            cpu_seconds: (stat.utime + stat.stime + ended_children) as f64 / procfs::ticks_per_second() as f64,
            written_bytes: process.io()?.write_bytes,
            peak_memory_bytes: process.status()?.vmhwm.unwrap_or_default() * 1024,
        })
    }
}

impl Add for ProcessUsage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds + other.cpu_seconds,
            written_bytes: self.written_bytes + other.written_bytes,
            peak_memory_bytes: self.peak_memory_bytes + other.peak_memory_bytes,
        }
    }
}

/// Resets the peak memory of a process to its current memory.
pub fn reset_peak_memory(process: i32) -> Result {
    const RESET_PEAK: &str = "5"; // see clear_refs in proc(5)
    Ok(fs::write(format!("/proc/{process}/clear_refs"), RESET_PEAK)?)
}
