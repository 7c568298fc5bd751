//! Commands for a program that uses clap (feature `clap`): `createsuperuser` and `changepassword`.
//!
//! ```
//! use clap::{Parser, Subcommand};
//! use rocket_diesel_accounts::{MIGRATIONS, commands};
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
//!     Accounts(commands::Command),
//! }
//!
//! # rocket::async_test(async {
//! let figment = rocket::Config::figment();
//! if let Some(Command::Accounts(command)) = Arguments::parse_from(["program"]).command {
//!     command.run(&figment, &MIGRATIONS).await;
//! }
//! # });
//! ```

use std::env;
use std::error::Error as StdError;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Subcommand;
use diesel_migrations::EmbeddedMigrations;
use rocket::figment::Figment;
use rocket_diesel_sessions::error_chain;

use crate::accounts::Accounts;
use crate::audit::{Action, Entry};
use crate::passwords::weaknesses;
use crate::users::{self, Flags};

/// The commands of this library, as subcommands of a program.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Make a user who may open the admin site and change users
    Createsuperuser {
        /// The name. Without it, the command asks
        #[arg(long)]
        username: Option<String>,
        /// Ask nothing: take the name from SUPERUSER_USERNAME and the password from SUPERUSER_PASSWORD
        #[arg(long)]
        noinput: bool,
    },
    /// Give a user another password, and end all of their sessions
    Changepassword {
        /// The name of the user
        username: String,
        /// Ask nothing: take the password from NEW_PASSWORD
        #[arg(long)]
        noinput: bool,
    },
}

type Failure = Box<dyn StdError + Send + Sync>;
type Message = Result<String, Failure>;

impl Command {
    /// Runs the command and prints its result. `migrations` are the application's own; pass
    /// [`&MIGRATIONS`](crate::MIGRATIONS) if it has none. If the setting `auto_migrate` is on, applies the pending ones first.
    /// Returns the exit status of the program: 1 if the command failed, with the reason on standard error.
    pub async fn run(self, figment: &Figment, migrations: &EmbeddedMigrations) -> ExitCode {
        let result = match open(figment, migrations) {
            Err(error) => Err(error),
            Ok(accounts) => match self {
                Self::Createsuperuser { username, noinput } => create_superuser(&accounts, username, noinput).await,
                Self::Changepassword { username, noinput } => change_password(&accounts, &username, noinput).await,
            },
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

fn open(figment: &Figment, migrations: &EmbeddedMigrations) -> Result<Accounts, Failure> {
    let accounts = Accounts::open(figment)?;
    if accounts.sessions().settings().auto_migrate {
        accounts.database().migrate(migrations)?;
    }
    Ok(accounts)
}

async fn create_superuser(accounts: &Accounts, username: Option<String>, noinput: bool) -> Message {
    let username = match (username, noinput) {
        (Some(username), _) => username,
        (None, true) => variable("SUPERUSER_USERNAME")?,
        (None, false) => ask_for_name(accounts).await?,
    };
    // Before somebody types a password twice.
    users::check_name(&username)?;
    if accounts.find(&username).await?.is_some() {
        return Err(format!("the name {username} is taken").into());
    }
    let password = match noinput {
        true => variable("SUPERUSER_PASSWORD")?,
        false => ask_for_password(accounts, &username)?,
    };
    let entry = Entry::new(Action::UserAdded, accounts.now()).detail("superuser, by createsuperuser");
    let flags = Flags { is_staff: true, is_superuser: true, is_active: true };
    let user = accounts.create(&username, &password, flags, entry).await?;
    Ok(format!("Superuser {} is created.", user.name()))
}

async fn change_password(accounts: &Accounts, username: &str, noinput: bool) -> Message {
    let user = accounts.find(username).await?.ok_or_else(|| format!("there is no user {username:?}"))?;
    let password = match noinput {
        true => variable("NEW_PASSWORD")?,
        false => ask_for_password(accounts, user.name())?,
    };
    let entry = Entry::new(Action::PasswordChanged, accounts.now()).detail("by changepassword");
    accounts.replace_password(&user, &password, entry).await?;
    accounts.end_sessions(&user).await?;
    Ok(format!("The password of {} is changed. All of their sessions have ended.", user.name()))
}

fn variable(name: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!("--noinput needs {name} in the environment")),
    }
}

/// Asks until the name is allowed and free.
async fn ask_for_name(accounts: &Accounts) -> Result<String, Failure> {
    refuse_without_terminal()?;
    loop {
        print!("Name: ");
        io::stdout().flush()?;
        let mut name = String::new();
        if io::stdin().read_line(&mut name)? == 0 {
            return Err("no name was typed".into());
        }
        let name = name.trim().to_owned();
        match users::check_name(&name) {
            Ok(()) if accounts.find(&name).await?.is_none() => return Ok(name),
            Ok(()) => eprintln!("This name is taken."),
            Err(reason) => eprintln!("{reason}"),
        }
    }
}

/// Asks until the password is allowed and typed twice.
fn ask_for_password(accounts: &Accounts, name: &str) -> Result<String, Failure> {
    refuse_without_terminal()?;
    loop {
        let password = rpassword::prompt_password("Password: ")?;
        let reasons = weaknesses(&password, name, accounts.settings());
        if !reasons.is_empty() {
            eprintln!("{}", reasons.join("\n"));
            continue;
        }
        match rpassword::prompt_password("Password (again): ")? == password {
            true => return Ok(password),
            false => eprintln!("The two passwords are not the same."),
        }
    }
}

fn refuse_without_terminal() -> Result<(), &'static str> {
    match io::stdin().is_terminal() {
        true => Ok(()),
        false => {
            Err("there is no terminal to ask at. Use --noinput, and set the values in the environment (see --help)")
        }
    }
}
