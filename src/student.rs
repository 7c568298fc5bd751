//! The tutorial's three views. Two of them change something, so they accept POST too. The pages show buttons for these two: no
//! browser and no crawler presses a button by itself.

use rocket::{get, post};
use rocket_diesel_sessions::{Result, Session};
use rocket_dyn_templates::{Template, context};

#[get("/set")]
pub fn setsession(session: Session<'_>) -> Result<Template> {
    session.insert("name", "Bipasha")?;
    session.insert("lname", "Codedec")?;
    Ok(Template::render("student/setsession", context! { session: session.to_map() }))
}

#[post("/set")]
pub fn setsession_by_post(session: Session<'_>) -> Result<Template> {
    setsession(session)
}

#[get("/get")]
pub fn getsession(session: Session<'_>) -> Result<Template> {
    let name: Option<String> = session.get("name")?;
    let lname: Option<String> = session.get("lname")?;
    Ok(Template::render("student/getsession", context! { name, lname }))
}

#[get("/del")]
pub fn delsession(session: Session<'_>) -> Template {
    session.remove("name");
    Template::render("student/delsession", context! { session: session.to_map() })
}

#[post("/del")]
pub fn delsession_by_post(session: Session<'_>) -> Template {
    delsession(session)
}
