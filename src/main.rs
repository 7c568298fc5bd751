use std::env;

use rocket::Config;
use rocket::figment::providers::Serialized;
use rocket_diesel_sessions::app;

#[rocket::launch]
fn rocket() -> _ {
    let mut figment = Config::figment();
    // As the `diesel` command does: the environment's DATABASE_URL comes before the one in Rocket.toml.
    if let Ok(url) = env::var("DATABASE_URL") {
        figment = figment.merge(Serialized::global("databases.sessions.url", url));
    }
    app::rocket().configure(figment)
}
