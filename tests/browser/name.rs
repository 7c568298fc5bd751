//! The visitor's own name.

use rocket::form::{Form, FromForm};
use rocket::response::Redirect;
use rocket::{get, post, uri};
use rocket_diesel_sessions::{Result, Session};
use rocket_dyn_templates::{Template, context};

use super::student;

#[derive(FromForm)]
pub struct Name<'r> {
    #[field(validate = len(1..=50))]
    name: &'r str,
}

#[get("/name")]
pub fn ask(session: Session<'_>) -> Result<Template> {
    let name: Option<String> = session.get("name")?;
    Ok(Template::render("name", context! { name }))
}

#[post("/name", data = "<form>")]
pub fn keep(session: Session<'_>, form: Form<Name<'_>>) -> Result<Redirect> {
    session.insert("name", form.name)?;
    Ok(Redirect::to(uri!(student::getsession)))
}
