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

#[get("/del")]
fn delsession(session: Session<'_>) -> Template {
    session.remove("name");
    Template::render("student/delsession", context! { session: session.to_map() })
}

#[get("/clear")]
fn clearsession(session: Session<'_>) -> Template {
    session.clear();
    Template::render("student/delsession", context! { session: session.to_map() })
}

#[get("/flush")]
fn flushsession(session: Session<'_>) -> Template {
    session.flush();
    Template::render("student/delsession", context! { session: session.to_map() })
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(inspect::stage(Session::fairing())) // sessions, and the page /inspect/ that shows them
        .attach(pages()) // templates, stylesheet, error page
        .mount("/", routes![index, setsession, getsession, greet, delsession, clearsession, flushsession])
}
