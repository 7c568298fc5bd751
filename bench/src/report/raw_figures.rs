use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::machine::Machine;
use crate::error::Result;
use crate::options::Options;

/// The file with the raw figures, if the user asked for one. It has one JSON object per line.
#[derive(Debug)]
pub struct RawFigures {
    machine: Machine,
    file: Option<PathBuf>,
}

/// One line of the file.
#[derive(Serialize)]
struct Line<'a, T> {
    /// The type of the line: `machine`, `figure` or `sweep`.
    line: &'a str,
    #[serde(flatten)]
    content: &'a T,
}

impl RawFigures {
    /// Prepares the file for figures that are measured on this machine.
    pub fn new(machine: Machine, options: &Options) -> Self {
        Self { machine, file: options.json.clone() }
    }

    /// Appends the machine and the figures to the file. `line` is the type of the figures' lines.
    pub fn append(&self, line: &str, figures: &[impl Serialize]) -> Result {
        let Some(file) = &self.file else { return Ok(()) };
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        writeln!(file, "{}", serde_json::to_string(&Line { line: "machine", content: &self.machine })?)?;
        for content in figures {
            writeln!(file, "{}", serde_json::to_string(&Line { line, content })?)?;
        }
        Ok(())
    }
}
