use std::process::Command;
use std::{env, fs};

use diesel::prelude::*;
use diesel::sql_types::Text;
use procfs::{CpuInfo, Current, LoadAverage};
use serde::Serialize;

use crate::disk::{self, RunFolder};
use crate::error::Result;
use crate::measurement::wrk;
use crate::options::Options;

/// The machine, the software and the settings of a benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub command: String,
    pub commit: String,
    pub processor: String,
    pub cores: usize,
    /// The load average of the minute before the benchmark.
    pub load: f32,
    pub kernel: String,
    pub file_system: String,
    /// The disk's write latency in milliseconds, if the user asked for it.
    pub probe: Option<f64>,
    pub rustc: String,
    pub sqlite: String,
    pub wrk: String,
    pub synchronous: String,
}

impl Machine {
    /// Collects the information.
    pub fn inspect(options: &Options, folder: &RunFolder) -> Result<Self> {
        let processors = CpuInfo::current()?;
        Ok(Self {
            command: format!("cargo run --release -p bench -- {}", env::args().skip(1).collect::<Vec<_>>().join(" ")),
            commit: commit().unwrap_or_else(|| "unknown".into()),
            processor: processors.model_name(0).unwrap_or("unknown").to_owned(),
            cores: processors.num_cores(),
            load: LoadAverage::current()?.one,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            file_system: disk::file_system(&disk::parent_folder(options))?,
            probe: options.probe.then(|| disk::write_latency(folder)).transpose()?,
            rustc: env!("RUSTC_VERSION").to_owned(),
            sqlite: sqlite()?,
            wrk: wrk::version()?,
            synchronous: options.synchronous.map_or("full (default)", |it| it.name()).to_owned(),
        })
    }

    /// Prints the information.
    pub fn print(&self) {
        println!("{}\n", self.command.trim_end_matches([' ', '-']));
        for (name, value) in [
            ("commit", &self.commit),
            ("processor", &format!("{}, {} cores; load {:.1} before", self.processor, self.cores, self.load)),
            ("kernel", &self.kernel),
            ("file system", &self.file_system),
            ("rustc", &self.rustc),
            ("SQLite", &format!("{}, synchronous = {}", self.sqlite, self.synchronous)),
            ("wrk", &self.wrk),
        ] {
            println!("{name:<13}{value}");
        }
        if let Some(probe) = self.probe {
            println!("{:<13}{probe:.3} ms for a durable write of 4 KiB (pwrite, fdatasync; median of 200)", "probe");
        }
        println!();
    }
}

/// Returns the commit of the working tree, with `-dirty` if there are uncommitted changes.
fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty", "--exclude=*"])
        .output()
        .ok()?;
    git.status.success().then(|| String::from_utf8_lossy(&git.stdout).trim().to_owned())
}

/// Returns the version of SQLite that is compiled in.
fn sqlite() -> Result<String> {
    let mut conn = SqliteConnection::establish(":memory:")?;
    Ok(diesel::select(diesel::dsl::sql::<Text>("sqlite_version()")).get_result(&mut conn)?)
}
