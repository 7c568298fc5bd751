use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The options that all measuring commands share.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// How many times to measure everything. Each round has a different order
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How many seconds one measurement takes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// How many seconds to warm up each kind of request. Warm-up requests are not counted
    #[arg(long, default_value_t = 1)]
    pub warm_up: u32,
    /// The folder for the databases, on the disk to measure [default: the system's temporary folder]
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// A file to append the raw figures to, as lines of JSON
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// The value for the server's setting databases.sessions.synchronous [default: the server's own default]
    #[arg(long)]
    pub synchronous: Option<Synchronous>,
    /// First measure how long the disk takes to write 4 KiB
    #[arg(long)]
    pub probe: bool,
}

/// How durable a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// An answered commit survives a power cut
    Full,
    /// An answered commit survives a crash of the program, but not a power cut
    Normal,
}

impl Synchronous {
    /// Returns the name of the value, as the configuration spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}
