use rocket::{get, launch, routes};
use rocket_dyn_templates::{Template, context};
use session_tutorial::pages;

#[get("/")]
fn index() -> Template {
    Template::render("index", context! {})
}

#[launch]
fn rocket() -> _ {
    rocket::build()
        .attach(pages()) // templates, stylesheet, error page
        .mount("/", routes![index])
}
