use rocket::Config;
use rocket_diesel_sessions::Sessions;

use crate::error::Result;

/// Deletes the expired sessions, as the tutorial's command of the same name does.
pub fn run() -> Result {
    rocket::execute(async {
        Sessions::open(&Config::figment())?.clear_expired().await?;
        Ok(())
    })
}
