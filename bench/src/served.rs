//! The application that is measured and maltreated: the tutorial, and beside it pages that the tutorial has no use for.

use rocket::serde::json::Json;
use rocket::serde::json::serde_json::{Map, Value};
use rocket::{Build, Rocket, get, routes};
use rocket_diesel_sessions::{Result, Session, app};
use rocket_dyn_templates::{Template, context};

/// Configured like the tutorial's program, by Rocket.toml and the environment.
pub fn rocket() -> Rocket<Build> {
    app::rocket().mount("/bench", routes![plain, both, show, end])
}

/// What `/get/` renders, without asking for a session.
#[get("/plain")]
fn plain() -> Template {
    Template::render("student/getsession", context! { name: "Bipasha", lname: "Codedec" })
}

/// One change of two keys: a session in which they differ is half changed.
#[get("/both/<value>")]
fn both(session: Session<'_>, value: u64) -> Result<()> {
    session.insert("left", value)?;
    session.insert("right", value)
}

/// All that the session has.
#[get("/show")]
fn show(session: Session<'_>) -> Json<Map<String, Value>> {
    Json(session.to_map())
}

/// Ends the session.
#[get("/end")]
fn end(session: Session<'_>) {
    session.flush();
}
