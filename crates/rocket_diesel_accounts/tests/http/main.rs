//! Tests of the library from the outside: a browser signs in, and what it gets is checked, and the tables.
//!
//! Each test has its own application and database file, so all tests can run in parallel.

mod log; // what the application writes into the log
mod routes; // the application's own pages
mod test_app; // the application under test, its clock and its tables
mod visitor; // a browser

mod devices; // a user's own sessions
mod guards; // the request guards, in pages of the application
mod limits; // how often a password can be guessed
mod next_page; // where a sign-in leads
mod parallel; // many sign-ins at the same moment
mod passwords; // changes of passwords, and what they end
mod sign_in; // who gets in, and what a wrong sign-in shows
mod sign_out; // how a session ends
