// Counts the visits of each browser. Run it: cargo run -p rocket_diesel_sessions --example counter

use rocket::{get, launch, routes};
use rocket_diesel_sessions::{Result, Session};

#[get("/")]
fn count(session: Session<'_>) -> Result<String> {
    let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
    session.insert("visits", visits)?;
    Ok(format!("You were here {visits} times.\n"))
}

#[launch]
fn rocket() -> _ {
    rocket::build().attach(Session::fairing()).mount("/", routes![count])
}
