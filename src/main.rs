use std::env;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rocket::Config;
use rocket::figment::providers::Serialized;
use session_tutorial::{MIGRATIONS, watch};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The session tutorial. Without a command it serves the pages
///
/// ROCKET_PROFILE selects the profile of Rocket.toml. DATABASE_URL selects another database than the one in Rocket.toml.
#[derive(Parser)]
#[command(name = "session_tutorial")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Sessions(rocket_diesel_sessions::commands::Command),
    #[command(flatten)]
    Accounts(rocket_diesel_accounts::commands::Command),
}

#[rocket::main]
async fn main() -> ExitCode {
    let mut figment = Config::figment();
    // As for the `diesel` command, DATABASE_URL in the environment overrides the url in Rocket.toml.
    if let Ok(url) = env::var("DATABASE_URL") {
        figment = figment.merge(Serialized::global("databases.sessions.url", url));
    }
    match Arguments::parse().command {
        Some(Command::Sessions(command)) => return command.run(&figment, &MIGRATIONS).await,
        Some(Command::Accounts(command)) => return command.run(&figment, &MIGRATIONS).await,
        None => {}
    }
    let figment = watch::set_up_log(figment);
    match session_tutorial::rocket().configure(figment).launch().await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            error.pretty_print();
            ExitCode::FAILURE
        }
    }
}
