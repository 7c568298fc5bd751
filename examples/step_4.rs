use rocket::{get, launch, routes};
use rocket_diesel_sessions::{Result, Session};
use rocket_dyn_templates::{Template, context};
use session_tutorial::{inspect, pages};

#[get("/")]
fn index() -> Template {
    Template::render("index", context! {})
}

#[get("/set")]
fn setsession(session: Session<'_>) -> Result<Template> {
    session.insert("name", "Bipasha")?;
    session.insert("lname", "Codedec")?;
    Ok(Template::render("student/setsession", context! { session: session.to_map() }))
}

#[get("/get")]
fn getsession(session: Session<'_>) -> Result<Template> {
    let name: Option<String> = session.get("name")?;
    let lname: Option<String> = session.get("lname")?;
    Ok(Template::render("student/getsession", context! { name, lname }))
}

#[get("/greet")]
fn greet(session: Session<'_>) -> Result<String> {
    let name: String = session.require("name")?;
    Ok(format!("Hello, {name}."))
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(inspect::stage(Session::fairing())) // sessions, and the page /inspect/ that shows them
        .attach(pages()) // templates, stylesheet, error page
        .mount("/", routes![index, setsession, getsession, greet])
}
