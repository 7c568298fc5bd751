//! How often you were here.

use rocket::get;
use rocket_diesel_sessions::{Result, Session};
use rocket_dyn_templates::{Template, context};

#[get("/visits")]
pub fn visits(session: Session<'_>) -> Result<Template> {
    let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
    session.insert("visits", visits)?;
    Ok(Template::render("visits", context! { visits }))
}
