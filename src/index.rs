//! The front page. It shows what is in the visitor's session.

use rocket::get;
use rocket_diesel_sessions::Session;
use rocket_dyn_templates::{Template, context};

#[get("/")]
pub fn index(session: Session<'_>) -> Template {
    Template::render("index", context! { session: session.to_map() })
}
