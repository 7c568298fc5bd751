//! The commands of the tutorial. `start-step` writes the reader's program as it is at the start of a chapter, and
//! `check-step` tries what the chapter asked for. Both are for the tutorial only; the pages don't use this module.

mod check;
mod claim;
mod claims;
mod exercises;
mod site;
mod start;

use std::process::ExitCode;

use clap::Subcommand;
use rocket::figment::Figment;

/// The commands of the tutorial, as subcommands of the program. Step 3 is what chapter 3 builds.
#[derive(Subcommand)]
pub enum Command {
    /// Begin a chapter of the tutorial: write playground/src/main.rs as it is at the start of the chapter
    ///
    /// If you have changed the file, your version is kept in a new file beside it.
    StartStep {
        /// The number of the chapter
        #[arg(value_parser = clap::value_parser!(u8).range(1..=6))]
        step: u8,
    },
    /// Check what you wrote in a chapter of the tutorial: visit your running server, and look into its table
    ///
    /// The rows that this makes are deleted at the end. The exit status is 1 if something is missing.
    CheckStep {
        /// The number of the chapter
        #[arg(value_parser = clap::value_parser!(u8).range(1..=7))]
        step: u8,
        /// Check the exercise of the chapter
        #[arg(long)]
        exercise: bool,
    },
}

impl Command {
    /// Runs the command and prints its result. Returns the exit status of the program.
    pub fn run(self, figment: &Figment) -> ExitCode {
        let result = match self {
            Self::StartStep { step } => start::start(step).map(|message| {
                println!("{message}");
                true
            }),
            Self::CheckStep { step, exercise } => check::check(step, exercise, figment),
        };
        match result {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}
