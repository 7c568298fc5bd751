//! `cargo run --release -p bench -- COMMAND`

mod child;
mod connections;
mod pages;
mod plot;
mod report;
mod rows;
mod sweep;

pub use report::Report;
pub use sweep::Swept;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::Outcome;
use crate::options::Options;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    about = "How fast the sessions are. Without a command: `pages`.",
    args_conflicts_with_subcommands = true
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What a session costs: six kinds of request for one page
    Pages {
        #[command(flatten)]
        options: Options,
    },
    /// Cost against the rows of the table
    Rows {
        /// How many rows, the visitors' own among them
        #[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000,10000000")]
        rows: Vec<u64>,
        /// How many visitors come back, at the most: fewer in a table that has less than twice as many rows
        #[arg(long, default_value_t = 20_000)]
        visitors: u64,
        #[command(flatten)]
        options: Options,
    },
    /// Throughput against connections
    Connections {
        #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32,64,128,256")]
        connections: Vec<u32>,
        #[command(flatten)]
        options: Options,
    },
    /// What requests notice while expired rows are cleared
    Sweep {
        /// How many rows are expired; as many live
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        #[command(flatten)]
        options: Options,
    },
    /// Images of what `rows` and `connections` wrote with --json
    Plot {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The folder for the images [default: docs/images of the repository]
        #[arg(long)]
        into: Option<PathBuf>,
    },
    /// The server that is measured, configured by the environment
    #[command(hide = true)]
    Serve,
    /// Clears what has expired, configured by the environment
    #[command(hide = true)]
    Clearsessions,
}

/// Runs the command of the command line.
pub fn run(arguments: Arguments) -> Outcome {
    match arguments.command.unwrap_or(Command::Pages { options: arguments.options }) {
        Command::Pages { options } => pages::run(&options),
        Command::Rows { rows, visitors, options } => rows::run(&rows, visitors, &options),
        Command::Connections { connections, options } => connections::run(&connections, &options),
        Command::Sweep { rows, options } => sweep::run(rows, &options),
        Command::Plot { files, into } => plot::run(&files, into),
        Command::Serve => child::serve(),
        Command::Clearsessions => child::clearsessions(),
    }
}
