//! The tutorial: *set session · get session · delete session*.

mod check;
pub mod commands;
mod error_page;
mod index;
pub mod profile;
mod student;

use rocket::{Build, Rocket, catchers, routes};
use rocket_dyn_templates::Template;

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
        .attach(Template::custom(index::links))
        .attach(Session::fairing())
        .mount("/", routes![index::index, index::stylesheet])
        .mount("/", routes![student::setsession, student::getsession, student::delsession])
        .register("/", catchers![error_page::page])
}
