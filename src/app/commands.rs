//! `cargo run -- COMMAND`: what an operator does from the command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rocket::figment::Figment;

use super::check;
use crate::db::{self, Config, Database};
use crate::{Engine, Sessions, Settings};

/// The command line.
///
/// ```
/// use clap::Parser;
/// use rocket_diesel_sessions::app::commands::Arguments;
///
/// assert!(Arguments::try_parse_from(["program", "check", "--deploy"]).is_ok());
/// assert!(Arguments::try_parse_from(["program", "chekc"]).is_err());
/// ```
#[derive(Debug, Parser)]
#[command(
    name = "rocket_diesel_sessions",
    about = "The session tutorial. Without a command it serves the pages.",
    long_about = "The session tutorial. Without a command it serves the pages.\n\n\
                  ROCKET_PROFILE chooses the profile of Rocket.toml, DATABASE_URL another database than it names."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apply the pending migrations of the table `sessions`
    Migrate,
    /// Delete the sessions that have expired, and say how many. Servers do this by themselves every sweep_interval
    Clearsessions,
    /// Check the configuration and the database. Exit status 1: there is something to mend
    Check {
        /// Check also what the settings mean for a site on the internet
        #[arg(long)]
        deploy: bool,
    },
}

/// Runs the command of the command line; `None` where there is none, and the program is to serve.
///
/// ```
/// use clap::Parser;
/// use rocket_diesel_sessions::app::commands::{self, Arguments};
///
/// # rocket::async_test(async {
/// let nothing = Arguments::parse_from(["program"]);
/// assert!(commands::run(nothing, &rocket::Config::figment()).await.is_none(), "serve then");
/// # });
/// ```
pub async fn run(arguments: Arguments, figment: &Figment) -> Option<ExitCode> {
    let result = match arguments.command? {
        Command::Migrate => migrate(figment),
        Command::Clearsessions => clearsessions(figment).await,
        Command::Check { deploy } => return Some(check::run(figment, deploy)),
    };
    Some(match result {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {}", db::story(&*error));
            ExitCode::FAILURE
        }
    })
}

type Said = Result<String, Box<dyn std::error::Error>>;

fn migrate(figment: &Figment) -> Said {
    let config = Config::extract(figment)?;
    let applied = Database::connect(&config)?.migrate()?;
    let done = match applied.len() {
        0 => "no migration was pending".into(),
        _ => format!("applied {}", applied.join(", ")),
    };
    Ok(format!("Profile `{}`, database {}: {done}.", figment.profile(), config.url))
}

async fn clearsessions(figment: &Figment) -> Said {
    if Settings::extract(figment)?.engine == Engine::Db {
        let config = Config::extract(figment)?;
        if config.is_missing() {
            return Err(format!("there is no database {}", config.url).into());
        }
    }
    let cleared = Sessions::open(figment)?.clear_expired().await.map_err(|error| error.story())?;
    Ok(match cleared {
        1 => "1 expired session was removed.".into(),
        _ => format!("{cleared} expired sessions were removed."),
    })
}
