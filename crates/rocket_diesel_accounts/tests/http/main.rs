//! Tests of the library from the outside: a browser signs in, and what it gets is checked, and the tables.
//!
//! Each test has its own application and database file, so all tests can run in parallel.

mod clock; // a clock that the test moves
mod log; // what the application writes into the log
mod paths; // the pages of the library
mod routes; // the application's own pages
mod test_app; // the application under test and its tables
mod visitor; // a browser

mod admin_pages; // who may open which page of the admin site
mod admin_sessions; // lists, searches and ends of sessions
mod admin_users; // users that superusers add and change
mod audit; // what is logged, and that nobody changes it
mod cross_site; // forms that other sites send
mod devices; // a user's own sessions
mod guards; // the request guards, in pages of the application
mod launch; // mistakes that stop a launch
mod limits; // how often a password can be guessed
mod line_breaks; // in every input
mod next_page; // where a sign-in leads
mod parallel; // many sign-ins at the same moment
mod passwords; // changes of passwords, and what they end
mod sign_in; // who gets in, and what a wrong sign-in shows
mod sign_out; // how a session ends
mod stored_values; // markup in every value
mod templates; // pages that the application replaces
mod theft; // planted cookies, and a stolen database
