//! Tests of the library from the outside. They send requests, and check the responses, the cookies and the rows of the
//! table.
//!
//! Each test has its own application and database file, so all tests can run in parallel.

mod log; // what the library writes into the log
mod routes; // a route for each method of Session
mod test_app; // the application under test, its clock and its table
mod visitor; // a browser that keeps one cookie

mod commit; // the commit rule: what a request changes in the table
mod cookie; // the attributes of the cookie, and cookies that open nothing
mod cross_origin; // requests of other sites
mod documentation; // every test that the front page names exists
mod engine; // every engine behaves the same
mod events; // the counters for operators
mod expiry; // when sessions end
mod failure; // handlers, catchers and commits that fail
mod fairing; // other fairings, streamed bodies, HEAD requests and forwards
mod headers; // Vary and Cache-Control
mod health; // the pages for load balancers
mod login_values;
mod map; // the methods that work like those of a map
mod model; // a simple model of the expected behaviour, for `property`
mod observers; // the functions that are called for events
mod other_programs; // other programs that use the same database
mod overlap; // requests of one session that overlap
mod owners; // owners, and sessions that are ended from elsewhere
mod property; // random programs, compared with the model
mod queries; // how many statements a request needs
mod rotation; // rotation of the secret key
mod search; // searches among all sessions
mod secrecy; // places where the key must not appear
mod security_headers; // what browsers may do with a page
mod sweep; // expired rows are deleted
mod upgrade; // databases and cookies of earlier versions
