// Signs visitors in, lists the devices on which they are signed in, and signs out one or all of them.
//
// There are no passwords here: an application has to check who somebody is before it calls `login`.
// Run it: cargo run -p rocket_diesel_sessions --example devices
//
//     curl -c jar -b jar -X POST http://127.0.0.1:8000/login/ada
//     curl -c jar -b jar http://127.0.0.1:8000/devices
//     curl -c jar -b jar -X POST http://127.0.0.1:8000/logout/everywhere

use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, State, get, launch, post, routes};
use rocket_diesel_sessions::{Error, Handle, Page, Result, Session, Sessions};

/// The visitor who is signed in. A route that asks for it answers 401 to all others.
struct User(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let session = try_outcome!(request.guard::<Session<'_>>().await);
        match session.owner() {
            Some(owner) => Outcome::Success(User(owner)),
            None => Outcome::Forward(Status::Unauthorized),
        }
    }
}

#[post("/login/<name>")]
fn login(session: Session<'_>, name: &str) -> String {
    session.login(name);
    format!("{name} is signed in.\n")
}

#[get("/devices")]
async fn devices(user: User, sessions: &State<Sessions>) -> Result<String> {
    let devices = sessions.of_owner(&user.0, Page::first()).await?;
    Ok(devices.iter().map(|device| format!("{} since {}\n", device.handle, device.record.created_at)).collect())
}

#[post("/devices/<handle>/logout")]
async fn logout_device(user: User, sessions: &State<Sessions>, handle: Handle) -> Result<&'static str> {
    let ended = sessions.revoke(&user.0, &handle).await?;
    Ok(if ended { "This device is signed out.\n" } else { "You have no such device.\n" })
}

#[post("/logout/everywhere")]
async fn logout_everywhere(user: User, session: Session<'_>, sessions: &State<Sessions>) -> Result<String> {
    let ended = sessions.revoke_all(&user.0).await?;
    session.logout();
    Ok(format!("{ended} devices are signed out.\n"))
}

#[launch]
fn rocket() -> _ {
    rocket::build().attach(Session::fairing()).mount("/", routes![login, devices, logout_device, logout_everywhere])
}
