//! The tutorial's pages as an HTTP client sees them.
//!
//! Each test has an application and a database file of its own, so all tests can run at the same time.

#[allow(dead_code)] // the tests of the library use the rest
#[path = "../../crates/rocket_diesel_sessions/tests/http/log.rs"]
mod log; // what the library writes into the log
#[allow(dead_code)] // the tests of the library use the rest
#[path = "../../crates/rocket_diesel_sessions/tests/http/routes.rs"]
mod routes; // a route for each method of Session
#[allow(dead_code)] // the tests of the library use the rest
#[path = "../../crates/rocket_diesel_sessions/tests/http/test_app.rs"]
mod test_app; // the application under test, its clock and its table
#[allow(dead_code)] // the tests of the library use the rest
#[path = "../../crates/rocket_diesel_sessions/tests/http/visitor.rs"]
mod visitor; // a browser that keeps one cookie

mod project; // the tutorial's application, configured by its Rocket.toml

mod book; // the book, which mdBook builds
mod documentation; // the tests that the troubleshooting page names
mod error_page; // what a visitor sees if something fails
mod inspect; // the page /inspect/
mod steps; // the tutorial's steps
mod tutorial; // the three pages
mod weak; // the attacks of chapter 9
