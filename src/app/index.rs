//! The front page, and what all pages share.

use std::collections::HashMap;

use rocket::http::ContentType;
use rocket::{get, uri};
use rocket_dyn_templates::tera::{self, Value};
use rocket_dyn_templates::{Engines, Template, context};

use super::student;

#[get("/")]
pub fn index() -> Template {
    Template::render("index", context! {})
}

#[get("/static/style.css")]
pub fn stylesheet() -> (ContentType, &'static str) {
    (ContentType::CSS, include_str!("../../static/style.css"))
}

/// `{{ link(to="setsession") }}` in a template: a route that is renamed is a compile error here, not a dead link there.
pub fn links(engines: &mut Engines) {
    engines.tera.register_function("link", |arguments: &HashMap<String, Value>| {
        let uri = match arguments.get("to").and_then(Value::as_str) {
            Some("index") => uri!(index).to_string(),
            Some("stylesheet") => uri!(stylesheet).to_string(),
            Some("setsession") => uri!(student::setsession).to_string(),
            Some("getsession") => uri!(student::getsession).to_string(),
            Some("delsession") => uri!(student::delsession).to_string(),
            _ => return Err(tera::Error::msg("link(to=…) names no page")),
        };
        Ok(Value::String(uri))
    });
}
