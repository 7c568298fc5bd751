//! Helpers for tests (feature `testing`): a session to try things on, a database for each test, and the conformance suite for
//! stores.

mod conformance;
mod database;
mod example;

pub use conformance::check_store;
pub use database::{connect, new_database};
pub use example::example;
