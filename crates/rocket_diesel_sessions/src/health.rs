use rocket::http::{Header, Status};
use rocket::{Responder, Route, State, get, routes};

use crate::sessions::Sessions;

/// Two pages for programs that watch the server, such as a load balancer or a container engine:
///
/// - `/healthz` answers 200 if the process answers. If it does not, restart the process.
/// - `/readyz` answers 200 if the store of the sessions answers too, and otherwise 503. Then send no visitors here, but don't
///   restart the process: it recovers by itself when the store is back. The answer can take as long as the `timeout` of the
///   database, and twice as long with PostgreSQL.
///
/// ```
/// use rocket_diesel_sessions::{Health, Session};
///
/// let rocket = rocket::build().attach(Session::fairing()).mount("/", Health);
/// ```
///
/// Neither page opens a session, sets a cookie or is kept in a cache. The cause of a 503 is in the log and not in the answer.
/// Whoever can reach `/readyz` can make the store work, so let the proxy in front hide it from visitors.
#[derive(Clone, Copy, Debug)]
pub struct Health;

impl From<Health> for Vec<Route> {
    fn from(_: Health) -> Self {
        routes![healthz, readyz]
    }
}

#[derive(Responder)]
#[response(content_type = "plain")]
struct Answer {
    text: &'static str,
    cache_control: Header<'static>,
}

fn answer(text: &'static str) -> Answer {
    Answer { text, cache_control: Header::new("Cache-Control", "no-store") }
}

#[get("/healthz")]
fn healthz() -> Answer {
    answer("ok\n")
}

/// Not an `Err`: a catcher of the application could open a session.
#[get("/readyz")]
async fn readyz(sessions: &State<Sessions>) -> (Status, Answer) {
    match sessions.ping().await {
        Ok(()) => (Status::Ok, answer("ok\n")),
        Err(error) => {
            rocket::warn!("sessions: not ready: {}", error.error_chain());
            (Status::ServiceUnavailable, answer("the store of the sessions does not answer\n"))
        }
    }
}
