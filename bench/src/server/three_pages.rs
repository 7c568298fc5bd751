//! An application with three pages and nothing else. `bench/peers` has the same pages, byte for byte, with other session
//! libraries.

use rocket::response::content::RawHtml;
use rocket::{Build, Rocket, get, routes};
use rocket_diesel_sessions::{Result, Session};

/// The page of `/set/`.
pub const SET: &str = "<!DOCTYPE html><title>Set session</title><p>The session is set.\n";

/// The page of `/del/`.
pub const DELETED: &str = "<!DOCTYPE html><title>Delete session</title><p>The name is deleted.\n";

/// Returns the page of `/get/`.
pub fn page(name: &str, lname: &str) -> String {
    format!("<!DOCTYPE html><title>Get session</title><p>Name: {name}<p>Last name: {lname}\n")
}

/// Builds the application. Environment variables configure it, as they configure the tutorial.
pub fn rocket() -> Rocket<Build> {
    rocket::build().attach(Session::fairing()).mount("/", routes![getsession, setsession, delsession])
}

#[get("/get")]
fn getsession(session: Session<'_>) -> Result<RawHtml<String>> {
    let name: Option<String> = session.get("name")?;
    let lname: Option<String> = session.get("lname")?;
    Ok(RawHtml(page(&name.unwrap_or_default(), &lname.unwrap_or_default())))
}

#[get("/set")]
fn setsession(session: Session<'_>) -> Result<RawHtml<&'static str>> {
    session.insert("name", "Bipasha")?;
    session.insert("lname", "Codedec")?;
    Ok(RawHtml(SET))
}

#[get("/del")]
fn delsession(session: Session<'_>) -> RawHtml<&'static str> {
    session.remove("name");
    RawHtml(DELETED)
}
