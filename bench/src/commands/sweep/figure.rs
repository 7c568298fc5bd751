use std::fmt;

use serde::Serialize;

use super::watch::Observation;
use crate::measurement::Sample;
use crate::statistics::median;

/// Which process sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    None,
    /// The server sweeps in the background.
    Server,
    /// The command `clearsessions` sweeps in a process of its own.
    Command,
}

impl Variant {
    pub const ALL: [Self; 3] = [Self::None, Self::Server, Self::Command];
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no sweep",
            Self::Server => "the server sweeps",
            Self::Command => "clearsessions",
        })
    }
}

/// The result of one variant in one round. It is one line in the file of raw figures.
#[derive(Clone, Debug, Serialize)]
pub struct SweepFigure {
    pub round: u32,
    pub variant: Variant,
    pub requests_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// `None` if nothing was swept.
    pub sweep_seconds: Option<f64>,
    pub memory_before_mib: f64,
    pub memory_peak_mib: f64,
    pub command_memory_mib: Option<f64>,
    #[serde(rename = "largest_journal_mib")]
    pub largest_wal_mib: f64,
}

impl SweepFigure {
    /// Summarizes the samples that were taken one after the other until the sweep was over.
    pub fn new(
        round: u32,
        variant: Variant,
        samples: &[Sample],
        memory_before: u64,
        observation: &Observation,
    ) -> Self {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let median_of = |measure: fn(&Sample) -> f64| median(samples.iter().map(measure));
        Self {
            round,
            variant,
            requests_per_second: samples.iter().map(|sample| sample.requests_per_second).sum::<f64>()
                / samples.len() as f64,
            p50_ms: median_of(|sample| sample.p50_ms),
            p99_ms: median_of(|sample| sample.p99_ms),
            max_ms: samples.iter().map(|sample| sample.max_ms).fold(0.0, f64::max),
            sweep_seconds: Some(observation.seconds).filter(|seconds| seconds.is_finite()),
            memory_before_mib: mib(memory_before),
            memory_peak_mib: mib(observation.peak_memory_bytes[0]),
            command_memory_mib: observation.peak_memory_bytes.get(1).map(|&bytes| mib(bytes)),
            largest_wal_mib: mib(observation.largest_wal_bytes),
        }
    }
}
