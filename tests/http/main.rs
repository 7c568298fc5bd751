//! The library and the tutorial through a browser's eyes: requests go in, responses, cookies and rows come out.
//!
//! Each test has an application and a database file of its own, so all run side by side.
#![cfg(feature = "app")]

mod site; // the application under test, its clock and its table
mod verbs; // a route for each method of Session
mod visitor; // a browser that keeps one cookie

mod beside; // another program at the same database
mod claims; // what the documentation says is tested
mod commit; // what a request does to the table, row by row of the commit table
mod cookie; // what the cookie looks like, and which cookies open nothing
mod dictionary; // the methods of a map
mod engine; // the same life in every engine
mod error_page; // what a person sees when something fails
mod events; // what the operator can count
mod expiry; // when sessions end
mod failure; // handlers, catchers and commits that fail
mod fairing; // other fairings, streams, HEAD and forwards beside ours
mod headers; // what caches are told
mod inspect; // the window onto the visitor's own session
mod model; // sessions in plain maps: what should be
mod observers; // who is told what becomes of sessions
mod overlap; // requests that run at the same time
mod owners; // who is signed in, and ending sessions from elsewhere
mod property; // random programs against the model
mod queries; // how many statements a request costs
mod rotation; // a new secret key
mod secrecy; // where the key is not
mod steps; // the tutorial's examples
mod sweep; // expired rows leave by themselves
mod tutorial; // the three pages
mod weak; // the attacks that the tutorial teaches
