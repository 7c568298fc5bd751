use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What all commands understand.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// How often everything is measured, in another order each time
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How long one measurement takes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// How many seconds of each cell come first, and are not counted
    #[arg(long, default_value_t = 1)]
    pub warm_up: u32,
    /// Where the databases are: a folder on the disk that is meant [default: the system's temporary folder]
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// A file that the raw figures are appended to, a line of JSON each
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Passed to the server as databases.sessions.synchronous [default: the server's own]
    #[arg(long)]
    pub synchronous: Option<Synchronous>,
    /// Say first how long the disk takes for 4 KiB
    #[arg(long)]
    pub probe: bool,
}

/// How durable a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// A commit that has answered survives a power cut
    Full,
    /// It survives the sudden end of the program, and no power cut
    Normal,
}

impl Synchronous {
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}
