use std::fmt;

use serde::Serialize;

use super::watch::Watched;
use crate::figures::{Sample, median};
use crate::table;

/// Who sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    None,
    /// The server, between its requests.
    Server,
    /// The command `clearsessions`, from a process of its own.
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

/// What the requests of one variant in one round noticed.
#[derive(Clone, Debug, Serialize)]
pub struct Swept {
    pub round: u32,
    pub variant: Variant,
    pub requests_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// None without a sweep.
    pub sweep_seconds: Option<f64>,
    pub memory_before_mib: f64,
    pub memory_peak_mib: f64,
    pub command_memory_mib: Option<f64>,
    pub largest_journal_mib: f64,
}

impl Swept {
    /// `samples` follow each other until the sweep is over.
    pub fn new(round: u32, variant: Variant, samples: &[Sample], memory_before: u64, watched: &Watched) -> Self {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let middle = |measure: fn(&Sample) -> f64| median(samples.iter().map(measure));
        Self {
            round,
            variant,
            requests_per_second: samples.iter().map(|sample| sample.requests_per_second).sum::<f64>()
                / samples.len() as f64,
            p50_ms: middle(|sample| sample.p50_ms),
            p99_ms: middle(|sample| sample.p99_ms),
            max_ms: samples.iter().map(|sample| sample.max_ms).fold(0.0, f64::max),
            sweep_seconds: Some(watched.seconds).filter(|seconds| seconds.is_finite()),
            memory_before_mib: mib(memory_before),
            memory_peak_mib: mib(watched.memory_bytes[0]),
            command_memory_mib: watched.memory_bytes.get(1).map(|&bytes| mib(bytes)),
            largest_journal_mib: mib(watched.largest_journal_bytes),
        }
    }
}

/// Prints the medians.
pub fn print(all: &[Swept]) {
    let of = |variant: Variant| all.iter().filter(move |swept| swept.variant == variant);
    let row = |variant: Variant| {
        let middle = |measure: fn(&Swept) -> Option<f64>| median(of(variant).filter_map(measure));
        let ratio = |measure: fn(&Swept) -> f64| {
            let base = |round| of(Variant::None).find(|swept| swept.round == round);
            table::ratio(median(
                of(variant).filter_map(|swept| base(swept.round).map(|base| measure(swept) / measure(base))),
            ))
        };
        vec![
            variant.to_string(),
            table::number(middle(|swept| Some(swept.requests_per_second)), 0),
            ratio(|swept| swept.requests_per_second),
            table::number(middle(|swept| Some(swept.p50_ms)), 2),
            table::number(middle(|swept| Some(swept.p99_ms)), 2),
            ratio(|swept| swept.p99_ms),
            table::number(of(variant).map(|swept| swept.max_ms).fold(0.0, f64::max), 0),
            table::number(middle(|swept| swept.sweep_seconds), 1),
            table::number(middle(|swept| Some(swept.memory_before_mib)), 1),
            table::number(middle(|swept| Some(swept.memory_peak_mib)), 1),
            table::number(middle(|swept| swept.command_memory_mib), 1),
            table::number(all_max(of(variant)), 1),
        ]
    };
    let head = [
        "",
        "requests/s",
        "×",
        "p50 ms",
        "p99 ms",
        "×",
        "longest\nms",
        "sweep\ns",
        "memory\nbefore MiB",
        "memory\npeak MiB",
        "command's\npeak MiB",
        "largest\n-wal MiB",
    ];
    table::print(&head, 1, Variant::ALL.map(row).to_vec());
}

fn all_max<'a>(swept: impl Iterator<Item = &'a Swept>) -> f64 {
    swept.map(|swept| swept.largest_journal_mib).fold(0.0, f64::max)
}
