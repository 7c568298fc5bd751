use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{
    admin, clearsessions, connections, failing_writes, instances, pages, peers, plot, rows, serve, sweep,
};
use crate::error::Result;
use crate::options::Options;
use crate::server::{application, three_pages};

/// The command line: `cargo run --release -p bench -- COMMAND`.
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    about = "Measures how fast the sessions are. Without a command, it runs `pages`.",
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
    /// Measure what a session costs, with six kinds of request for the same page
    Pages {
        #[command(flatten)]
        options: Options,
    },
    /// Measure how the cost of a request depends on the number of rows in the table
    Rows {
        /// The table sizes to measure, in rows. The visitors' own rows are included
        #[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000,10000000")]
        rows: Vec<u64>,
        /// The maximum number of visitors. At most half of a table's rows belong to visitors
        #[arg(long, default_value_t = 20_000)]
        visitors: u64,
        #[command(flatten)]
        options: Options,
    },
    /// Measure how the throughput depends on the number of connections
    Connections {
        /// The numbers of connections to measure
        #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32,64,128,256")]
        connections: Vec<u32>,
        #[command(flatten)]
        options: Options,
    },
    /// Measure how the removal of expired rows affects requests
    Sweep {
        /// How many expired rows the table has. It has as many unexpired rows
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        #[command(flatten)]
        options: Options,
    },
    /// Measure how failing writes affect the writes of others
    FailingWrites {
        #[command(flatten)]
        options: Options,
    },
    /// Measure how the pages of the admin site depend on the number of sessions
    Admin {
        /// The numbers of sessions to measure
        #[arg(long, value_delimiter = ',', default_value = "100,1000,100000")]
        rows: Vec<u64>,
        #[command(flatten)]
        options: Options,
    },
    /// Compare the same three pages with those of other session libraries, all on PostgreSQL
    Peers {
        /// The URL of a PostgreSQL server on this machine. Its user has to be allowed to create databases
        #[arg(long)]
        database: String,
        /// The numbers of connections to measure
        #[arg(long, value_delimiter = ',', default_value = "32")]
        connections: Vec<u32>,
        #[command(flatten)]
        options: Options,
    },
    /// Measure one, two and three instances behind nginx, on PostgreSQL
    Instances {
        /// The URL of a PostgreSQL server on this machine. Its user has to be allowed to create databases
        #[arg(long)]
        database: String,
        /// The numbers of connections to measure
        #[arg(long, value_delimiter = ',', default_value = "32,128")]
        connections: Vec<u32>,
        #[command(flatten)]
        options: Options,
    },
    /// Draw charts from the files that `rows` and `connections` wrote with --json
    Plot {
        /// The files with the raw figures
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The folder for the images [default: docs/images of the repository]
        #[arg(long)]
        into: Option<PathBuf>,
    },
    /// Run the server to measure, configured by environment variables
    #[command(hide = true)]
    Serve,
    /// Run this project's contestant of `peers`, configured by environment variables
    #[command(hide = true)]
    ServeThreePages,
    /// Delete the expired sessions, configured by environment variables
    #[command(hide = true)]
    Clearsessions,
}

/// Runs the command that the command line names.
pub fn run(arguments: Arguments) -> Result {
    match arguments.command.unwrap_or(Command::Pages { options: arguments.options }) {
        Command::Pages { options } => pages::run(&options),
        Command::Rows { rows, visitors, options } => rows::run(&rows, visitors, &options),
        Command::Connections { connections, options } => connections::run(&connections, &options),
        Command::Sweep { rows, options } => sweep::run(rows, &options),
        Command::FailingWrites { options } => failing_writes::run(&options),
        Command::Admin { rows, options } => admin::run(&rows, &options),
        Command::Peers { database, connections, options } => peers::run(&database, &connections, &options),
        Command::Instances { database, connections, options } => instances::run(&database, &connections, &options),
        Command::Plot { files, into } => plot::run(&files, into),
        Command::Serve => serve::run(application::rocket()),
        Command::ServeThreePages => serve::run(three_pages::rocket()),
        Command::Clearsessions => clearsessions::run(),
    }
}
