use std::path::PathBuf;

use crate::Outcome;
use crate::figures::{self, Figure, Line};
use crate::folder::Folder;
use crate::machine::Machine;
use crate::options::Options;

/// What stands around a command's table: the machine above it, the raw figures in a file.
#[derive(Debug)]
pub struct Report {
    machine: Machine,
    json: Option<PathBuf>,
}

impl Report {
    pub fn begin(options: &Options, folder: &Folder) -> Outcome<Self> {
        let machine = Machine::look(options, folder)?;
        machine.print();
        Ok(Self { machine, json: options.json.clone() })
    }

    pub fn end(self, figures: &[Figure]) -> Outcome {
        self.end_with(figures.iter().cloned().map(Line::Figure))
    }

    pub fn end_with(self, lines: impl IntoIterator<Item = Line>) -> Outcome {
        let Some(file) = self.json else { return Ok(()) };
        let lines: Vec<Line> = [Line::Machine(self.machine)].into_iter().chain(lines).collect();
        figures::write(&file, &lines)
    }
}
