//! Commands for a program that uses clap (feature `clap`): `migrate`, `clearsessions`, `check` and `backup`. With the
//! feature `postgres` also `copy`.
//!
//! ```
//! use clap::{Parser, Subcommand};
//! use rocket_diesel_sessions::{MIGRATIONS, commands};
//!
//! #[derive(Parser)]
//! struct Arguments {
//!     #[command(subcommand)]
//!     command: Option<Command>,
//! }
//!
//! #[derive(Subcommand)]
//! enum Command {
//!     #[command(flatten)]
//!     Sessions(commands::Command),
//! }
//!
//! # rocket::async_test(async {
//! # let folder = tempfile::tempdir().unwrap();
//! # let figment = rocket::Config::figment().merge(("databases.sessions.url", folder.path().join("db.sqlite3")));
//! if let Some(Command::Sessions(command)) = Arguments::parse_from(["program", "migrate"]).command {
//!     let status = command.run(&figment, &MIGRATIONS).await;
//! #   assert_eq!(format!("{status:?}"), format!("{:?}", std::process::ExitCode::SUCCESS));
//! }
//! # });
//! ```

mod backup;
#[cfg(feature = "postgres")]
mod copy;
mod progress;

use std::error::Error as StdError;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use diesel_migrations::EmbeddedMigrations;
use rocket::figment::Figment;

use self::backup::back_up;
use self::progress::progress_bar;
use crate::checks::{self, Warning};
use crate::db::{Config, Database};
use crate::error_text::error_chain;
use crate::event::Event;
use crate::launch::{self, Launched, Options, launch, refuse_dropped_tables};
use crate::sessions::Sessions;
use crate::settings::{Engine, Settings};
use crate::store::DieselStore;

/// The commands of this library, as subcommands of a program.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Apply the pending migrations
    Migrate,
    /// Delete the sessions that have expired, and say how many. A running server does this every sweep_interval
    Clearsessions,
    /// Check the configuration and the database. The exit status is 1 if something is wrong
    Check {
        /// Also check whether the settings are safe for a site on the internet
        #[arg(long)]
        deploy: bool,
    },
    /// Copy the SQLite database into a new file, while the server runs or not
    Backup {
        /// The new file. Only its owner can read and write it
        file: PathBuf,
    },
    /// Copy everything from a SQLite database into an empty PostgreSQL database
    ///
    /// Stop the server first. All rows of all tables are copied, or nothing. Nobody is signed out.
    #[cfg(feature = "postgres")]
    Copy {
        /// The path of the file that has the rows
        #[arg(long)]
        from: String,
        /// The URL of the database that gets them. Its tables are made if they are missing
        #[arg(long)]
        to: String,
    },
}

impl Command {
    /// Runs the command and prints its result. `migrations` are the application's own; pass
    /// [`&MIGRATIONS`](crate::MIGRATIONS) if it has none. Returns the exit status of the program: 1 if the command failed or
    /// `check` found something.
    pub async fn run(self, figment: &Figment, migrations: &EmbeddedMigrations) -> ExitCode {
        let result = match self {
            Self::Migrate => migrate(figment, migrations),
            Self::Clearsessions => clear_sessions(figment).await,
            Self::Backup { file } => back_up(figment, &file),
            #[cfg(feature = "postgres")]
            Self::Copy { from, to } => copy::copy(&from, &to, migrations),
            Self::Check { deploy } => return check(figment, migrations, deploy),
        };
        match result {
            Ok(message) => {
                println!("{message}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("error: {}", error_chain(&*error));
                ExitCode::FAILURE
            }
        }
    }
}

type Message = Result<String, Box<dyn StdError>>;

fn migrate(figment: &Figment, migrations: &EmbeddedMigrations) -> Message {
    let config = Config::extract(figment)?;
    let database = Database::connect(&config)?;
    refuse_dropped_tables(&database, &config)?;
    let applied = launch::migrate(&database, [migrations])?;
    let result = match applied.len() {
        0 => "no migration was pending".into(),
        _ => format!("applied {}", applied.join(", ")),
    };
    Ok(format!("Profile `{}`, database {}: {result}.", figment.profile(), config.shown_url()))
}

async fn clear_sessions(figment: &Figment) -> Message {
    if Settings::extract(figment)?.engine == Engine::Db {
        let config = Config::extract(figment)?;
        if config.is_missing() {
            return Err(format!("there is no database {}", config.url).into());
        }
    }
    let bar = progress_bar("sessions");
    let mut options = Options::default();
    options.observers.add({
        let bar = bar.clone();
        move |event, _| {
            if let Event::Expired(count) = event {
                bar.inc(*count as u64);
            }
        }
    });
    let Launched { services, database } = launch(figment, options)?;
    if let Some(database) = database {
        let expired = DieselStore::count_expired(&database, services.alive()).await;
        bar.set_length(expired.map_err(|error| error.error_chain())? as u64);
    }
    let cleared = Sessions::new(services).clear_expired().await;
    bar.finish_and_clear();
    Ok(match cleared.map_err(|error| error.error_chain())? {
        1 => "1 expired session was removed.".into(),
        count => format!("{count} expired sessions were removed."),
    })
}

fn check(figment: &Figment, migrations: &EmbeddedMigrations, deploy: bool) -> ExitCode {
    let errors = checks::errors(figment, migrations);
    let warnings = if deploy { checks::deploy_warnings(figment) } else { Vec::new() };
    println!("Profile `{}`:", figment.profile());
    for error in &errors {
        println!("\nerror: {error}");
    }
    for Warning { id, problem, reason, advice } in &warnings {
        println!("\n{id}: {problem}\n  {reason}\n  {advice}");
    }
    match errors.len() + warnings.len() {
        0 => {
            println!("nothing to mend.");
            ExitCode::SUCCESS
        }
        count => {
            println!("\n{count} to mend.");
            ExitCode::FAILURE
        }
    }
}
