//! The tutorial *set session · get session · delete session* as a Rocket application.
//!
//! The views in `student.rs` ask for the request guard [`Session`]. The guard reads the
//! private cookie `sessionid`, which carries an encrypted key, and loads the session from the table `sessions`, which Diesel
//! manages. The guard is in `crates/rocket_diesel_sessions/src/session/guard.rs`; the file that reads the cookie and the
//! table is `src/request/load.rs` beside it. How long a session lives is set in `Rocket.toml`.

pub mod book;
mod error_page;
#[cfg(doctest)]
mod guides;
mod index;
pub mod inspect;
mod models;
mod pages;
pub mod schema;
pub mod steps;
mod student;
pub mod watch;

pub use pages::pages;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use rocket::fs::relative;
use rocket::{Build, Rocket, routes};
use rocket_diesel_accounts::{Accounts, Admin};
use rocket_diesel_sessions::{CrossOrigin, Health, SecurityHeaders, Session};

/// The files in `migrations/`.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Returns the application, with the configuration of Rocket.toml and the environment.
pub fn rocket() -> Rocket<Build> {
    rocket::build()
        .attach(watch::Watch)
        .attach(inspect::stage(Session::fairing().migrations(MIGRATIONS)))
        .attach(CrossOrigin::fairing())
        .attach(SecurityHeaders::fairing())
        .attach(Accounts::fairing())
        .attach(Admin::fairing())
        .attach(book::stage(relative!("target/book")))
        .attach(pages())
        .mount("/", Health)
        .mount("/", routes![index::index])
        .mount("/", routes![student::setsession_by_post, student::delsession_by_post])
        .mount("/", routes![student::setsession, student::getsession, student::delsession])
}
