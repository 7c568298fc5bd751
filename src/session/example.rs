use rocket::Config;
use rocket::http::{Method, Status};
use rocket::local::blocking::Client;
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request};

use super::{MemoryStore, Result, Session};

type Example = fn(Session<'_>) -> Result<()>;

/// Runs `example` as the handler of a visitor without a session, for the examples of this documentation.
///
/// # Panics
///
/// Where the example panics or fails.
pub fn example(example: Example) {
    let rocket = rocket::custom(Config { log_level: rocket::config::LogLevel::Off, ..Config::debug_default() })
        .attach(Session::fairing().store(MemoryStore::default()))
        .mount("/", vec![Route::new(Method::Get, "/", Page(example))]);
    let client = Client::untracked(rocket).expect("the example launches");
    // A panic is a failed handler to Rocket, which has printed it.
    assert_eq!(client.get("/").dispatch().status(), Status::Ok, "the example failed");
}

#[derive(Clone)]
struct Page(Example);

#[rocket::async_trait]
impl Handler for Page {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let session = Session::open(request).await.expect("memory is never away");
        Outcome::from(request, (self.0)(session))
    }
}
