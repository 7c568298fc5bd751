//! The library through the eyes of a browser: requests go in, responses, cookies and rows come out.
//!
//! Each test has an application and a database file of its own, so all of them run at the same time.

mod log; // what the library writes into the log
mod routes; // a route for each method of Session
mod test_app; // the application under test, its clock and its table
mod visitor; // a browser that keeps one cookie

mod commit; // what a request does to the table, row by row of the commit rule
mod cookie; // the attributes of the cookie, and which cookies open nothing
mod documentation; // the tests that the documentation names exist
mod engine; // the same life with every engine
mod events; // what an operator can count
mod expiry; // when sessions end
mod failure; // handlers, catchers and commits that fail
mod fairing; // other fairings, streams, HEAD and forwards beside ours
mod headers; // what caches are told
mod map; // the methods of a map
mod model; // sessions in plain maps: the expected behaviour
mod observers; // the functions that are called for events
mod other_programs; // another program on the same database
mod overlap; // requests that run at the same time
mod owners; // who is signed in, and ending sessions from elsewhere
mod property; // random programs against the model
mod queries; // how many statements a request needs
mod rotation; // a new secret key
mod secrecy; // where the key must not be
mod sweep; // expired rows are deleted
