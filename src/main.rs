use std::env;
use std::process::ExitCode;

use clap::Parser;
use rocket::Config;
use rocket::figment::providers::Serialized;
use rocket_diesel_sessions::app::{self, commands};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[rocket::main]
async fn main() -> ExitCode {
    let mut figment = Config::figment();
    // As the `diesel` command does: the environment's DATABASE_URL comes before the one in Rocket.toml.
    if let Ok(url) = env::var("DATABASE_URL") {
        figment = figment.merge(Serialized::global("databases.sessions.url", url));
    }
    if let Some(status) = commands::run(commands::Arguments::parse(), &figment).await {
        return status;
    }
    match app::rocket().configure(figment).launch().await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            error.pretty_print();
            ExitCode::FAILURE
        }
    }
}
