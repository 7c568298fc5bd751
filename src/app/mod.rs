//! The tutorial: *set session · get session · delete session*.

mod check;
pub mod commands;
mod error_page;
mod index;
pub mod inspect;
mod pages;
pub mod profile;
mod student;

pub use pages::pages;

use rocket::{Build, Rocket, routes};

use crate::Session;

/// The application, with the configuration of Rocket.toml and the environment.
///
/// ```no_run
/// # async fn launch() -> Result<(), rocket::Error> {
/// rocket_diesel_sessions::app::rocket().launch().await?;
/// # Ok(()) }
/// ```
pub fn rocket() -> Rocket<Build> {
    rocket::build()
        .attach(profile::secret_key_check())
        .attach(inspect::stage(Session::fairing()))
        .attach(pages())
        .mount("/", routes![index::index])
        .mount("/", routes![student::setsession, student::getsession, student::delsession])
}
