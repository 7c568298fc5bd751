use serde::{Deserialize, Serialize};

use super::process_usage::ProcessUsage;
use super::wrk::Summary;

/// The result of one measurement of a few seconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub requests_per_second: f64,
    /// The server's processor time: milliseconds for a thousand requests, which is microseconds for one.
    pub cpu_ms_per_1000: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    pub written_bytes_per_request: f64,
    pub peak_memory_mib: f64,
}

/// Reads one value of a sample.
pub type Measure = fn(&Sample) -> f64;

impl Sample {
    /// Combines wrk's summary with the server's usage before and after the requests.
    pub fn new(summary: &Summary, before: ProcessUsage, after: ProcessUsage) -> Self {
        let requests = summary.requests as f64;
        Self {
            requests_per_second: requests / (summary.microseconds as f64 / 1e6),
            cpu_ms_per_1000: (after.cpu_seconds - before.cpu_seconds) * 1e6 / requests,
            p50_ms: summary.p50 as f64 / 1e3,
            p99_ms: summary.p99 as f64 / 1e3,
            max_ms: summary.max as f64 / 1e3,
            written_bytes_per_request: (after.written_bytes - before.written_bytes) as f64 / requests,
            peak_memory_mib: after.peak_memory_bytes as f64 / f64::from(1 << 20),
        }
    }
}
