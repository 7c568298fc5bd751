//! The application that the benchmarks and the fault tests run: the tutorial, with a few more pages.

use rocket::serde::json::Json;
use rocket::serde::json::serde_json::{Map, Value};
use rocket::{Build, Rocket, State, get, post, routes};
use rocket_diesel_accounts::{Accounts, User};
use rocket_diesel_sessions::{Result, Session};
use rocket_dyn_templates::{Template, context};

/// Builds the application. Rocket.toml and environment variables configure it, as they configure the tutorial.
pub fn rocket() -> Rocket<Build> {
    session_tutorial::rocket().mount("/bench", routes![plain, both, show, end, create_user, user])
}

/// Renders the same page as `/get/`, without a session.
#[get("/plain")]
fn plain() -> Template {
    Template::render("student/getsession", context! { name: "Bipasha", lname: "Codedec" })
}

/// Sets two keys to the same value. If they differ later, a change was only half applied.
#[get("/both/<value>")]
fn both(session: Session<'_>, value: u64) -> Result<()> {
    session.insert("left", value)?;
    session.insert("right", value)
}

/// Returns all data of the session.
#[get("/show")]
fn show(session: Session<'_>) -> Json<Map<String, Value>> {
    Json(session.to_map())
}

/// Ends the session.
#[get("/end")]
fn end(session: Session<'_>) {
    session.flush();
}

/// Makes a user. The name and the password are no secrets here.
#[post("/users/<name>/<password>")]
async fn create_user(name: &str, password: &str, accounts: &State<Accounts>) -> rocket_diesel_accounts::Result<()> {
    accounts.create_user(name, password).await.map(drop)
}

/// Returns the name of the user who is signed in.
#[get("/user")]
fn user(user: User) -> String {
    user.name().to_owned()
}
