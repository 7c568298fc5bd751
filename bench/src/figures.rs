use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::machine::Machine;
use crate::process::Used;
use crate::wrk::Answer;

/// One measurement of a few seconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub requests_per_second: f64,
    /// Of the server alone. Milliseconds for a thousand requests, which is microseconds for one.
    pub cpu_ms_per_1000: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    pub written_bytes_per_request: f64,
    pub peak_memory_mib: f64,
}

impl Sample {
    pub fn new(answer: &Answer, before: Used, after: Used) -> Self {
        let requests = answer.requests as f64;
        Self {
            requests_per_second: requests / (answer.microseconds as f64 / 1e6),
            cpu_ms_per_1000: (after.cpu_seconds - before.cpu_seconds) * 1e6 / requests,
            p50_ms: answer.p50 as f64 / 1e3,
            p99_ms: answer.p99 as f64 / 1e3,
            max_ms: answer.max as f64 / 1e3,
            written_bytes_per_request: (after.written_bytes - before.written_bytes) as f64 / requests,
            peak_memory_mib: after.peak_memory_bytes as f64 / f64::from(1 << 20),
        }
    }
}

/// A sample, and what was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub command: String,
    pub round: u32,
    pub cell: String,
    pub connections: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    #[serde(flatten)]
    pub sample: Sample,
}

/// A line of the file with the raw figures.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// All figures below it are of this machine.
    Machine(Machine),
    Figure(Figure),
    Sweep(crate::commands::Swept),
}

/// Appends to the file with the raw figures.
pub fn write(file: &Path, lines: &[Line]) -> Outcome {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    for line in lines {
        writeln!(file, "{}", serde_json::to_string(line)?)?;
    }
    Ok(())
}

/// The one in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f64::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}

/// What is read off a sample.
pub type Measure = fn(&Sample) -> f64;

/// The figures of one thing in all rounds, to be compared with those of another in the same rounds.
#[derive(Debug)]
pub struct Series<'a>(Vec<&'a Figure>);

impl<'a> Series<'a> {
    pub fn of(figures: &'a [Figure], wanted: impl Fn(&Figure) -> bool) -> Self {
        Self(figures.iter().filter(|figure| wanted(figure)).collect())
    }

    pub fn median(&self, measure: Measure) -> f64 {
        median(self.0.iter().map(|figure| measure(&figure.sample)))
    }

    /// The median of the rounds' ratios. It is steadier than the ratio of the medians: what slows the machine for a
    /// while slows both.
    pub fn ratio(&self, to: &Series, measure: Measure) -> f64 {
        let other = |round| to.0.iter().find(|figure| figure.round == round);
        median(
            self.0
                .iter()
                .filter_map(|figure| other(figure.round).map(|other| measure(&figure.sample) / measure(&other.sample))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
    }
}
