//! Routes that each call one method of the session, for example `/insert/name/Bipasha`, `/remove/name` and `/flush`.

use std::time::Duration;

use rocket::http::Status;
use rocket::{Route, get, routes};
use rocket_diesel_sessions::{Expiry, Result, Session};

pub fn routes() -> Vec<Route> {
    routes![
        plain,
        look,
        insert,
        remove,
        clear,
        flush,
        cycle,
        close,
        after,
        login,
        logout,
        insert_and_500,
        flush_and_500,
        insert_and_404,
        insert_and_err,
        insert_and_panic,
        flush_and_panic,
        insert_and_flush,
        flush_and_insert,
        insert_and_remove
    ]
}

#[get("/plain")]
fn plain() -> &'static str {
    "no session was asked for"
}

#[get("/look/<key>")]
fn look(session: Session<'_>, key: &str) -> Result<String> {
    Ok(session.get(key)?.unwrap_or_default())
}

#[get("/insert/<key>/<value>")]
fn insert(session: Session<'_>, key: &str, value: &str) -> Result<()> {
    session.insert(key, value)
}

#[get("/remove/<key>")]
fn remove(session: Session<'_>, key: &str) -> String {
    session.remove(key).to_string()
}

#[get("/clear")]
fn clear(session: Session<'_>) {
    session.clear();
}

#[get("/flush")]
fn flush(session: Session<'_>) {
    session.flush();
}

#[get("/cycle")]
fn cycle(session: Session<'_>) {
    session.cycle_key();
}

#[get("/close")]
fn close(session: Session<'_>) -> Result<()> {
    session.set_expiry(Expiry::BrowserClose)
}

#[get("/after/<seconds>")]
fn after(session: Session<'_>, seconds: u64) -> Result<()> {
    session.set_expiry(Duration::from_secs(seconds))
}

#[get("/login/<owner>")]
fn login(session: Session<'_>, owner: &str) {
    session.login(owner);
}

#[get("/logout")]
fn logout(session: Session<'_>) {
    session.logout();
}

#[get("/insert_and_500")]
fn insert_and_500(session: Session<'_>) -> (Status, &'static str) {
    session.insert("lost", true).unwrap();
    (Status::InternalServerError, "a page of the handler's own")
}

#[get("/flush_and_500")]
fn flush_and_500(session: Session<'_>) -> (Status, &'static str) {
    session.flush();
    (Status::InternalServerError, "a page of the handler's own")
}

#[get("/insert_and_404")]
fn insert_and_404(session: Session<'_>) -> (Status, &'static str) {
    session.insert("kept", true).unwrap();
    (Status::NotFound, "a page of the handler's own")
}

#[get("/insert_and_err")]
fn insert_and_err(session: Session<'_>) -> Result<(), Status> {
    session.insert("lost", true).unwrap();
    Err(Status::Conflict)
}

#[get("/insert_and_panic")]
fn insert_and_panic(session: Session<'_>) {
    session.insert("lost", true).unwrap();
    panic!("on purpose");
}

#[get("/flush_and_panic")]
fn flush_and_panic(session: Session<'_>) {
    session.flush();
    panic!("on purpose");
}

#[get("/insert_and_flush")]
fn insert_and_flush(session: Session<'_>) -> Result<()> {
    session.insert("a", 1)?;
    session.flush();
    Ok(())
}

#[get("/flush_and_insert")]
fn flush_and_insert(session: Session<'_>) -> Result<()> {
    session.flush();
    session.insert("new", 1)
}

#[get("/insert_and_remove")]
fn insert_and_remove(session: Session<'_>) -> Result<()> {
    session.insert("a", 1)?;
    session.remove("a");
    Ok(())
}
