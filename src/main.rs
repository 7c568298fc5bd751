use std::env;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rocket::Config;
use rocket::figment::providers::Serialized;
use session_tutorial::{MIGRATIONS, steps, watch};

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
    #[command(flatten)]
    Steps(steps::Command),
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
        Some(Command::Steps(command)) => return command.run(&figment),
        None => {}
    }
    let figment = watch::set_up_log(figment);
    let rocket = session_tutorial::rocket().configure(figment);
    #[cfg(unix)]
    let rocket = rocket.attach(rocket::fairing::AdHoc::on_liftoff("Signals", |rocket| {
        rocket::tokio::spawn(exit_at_second_signal(rocket.shutdown()));
        Box::pin(std::future::ready(()))
    }));
    match rocket.launch().await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            error.pretty_print();
            ExitCode::FAILURE
        }
    }
}

/// At the first Ctrl-C or SIGTERM, Rocket finishes the requests that it has, which can take as long as `grace` in Rocket.toml.
/// At the second one, this ends the process. What was committed stays, as after a crash.
#[cfg(unix)]
async fn exit_at_second_signal(shutdown: rocket::Shutdown) -> std::io::Result<()> {
    use rocket::tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut next = async || {
        rocket::tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        }
    };
    next().await;
    shutdown.notify(); // Rocket may not have listened yet
    let second = next().await;
    // As a shell reports a process that a signal has ended.
    std::process::exit(128 + second.as_raw_value())
}
