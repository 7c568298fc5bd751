use rocket::Config;
use rocket::http::{Method, Status};
use rocket::local::blocking::Client;
use rocket::request::FromRequest;
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Request};

use crate::error::Result;
use crate::session::Session;
use crate::store::MemoryStore;

type Example = fn(Session<'_>) -> Result<()>;

/// Runs `example` as the handler of a request without a session, on a store in memory.
///
/// # Panics
///
/// Panics if the example panics or fails.
pub fn example(example: Example) {
    let rocket = rocket::custom(Config { log_level: rocket::config::LogLevel::Off, ..Config::debug_default() })
        .attach(Session::fairing().store(MemoryStore::default()))
        .mount("/", vec![Route::new(Method::Get, "/", Page(example))]);
    let client = Client::untracked(rocket).expect("the example launches");
    // Rocket has caught and printed a panic of the example, and answers with 500.
    assert_eq!(client.get("/").dispatch().status(), Status::Ok, "the example failed");
}

#[derive(Clone)]
struct Page(Example);

#[rocket::async_trait]
impl Handler for Page {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let session = Session::from_request(request).await.succeeded().expect("the store in memory is never away");
        Outcome::from(request, (self.0)(session))
    }
}
