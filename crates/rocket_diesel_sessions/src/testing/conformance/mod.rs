//! The conformance suite: every store has to pass it.

mod fixtures;
mod lists;
mod records;
mod search;
mod suite;
mod updates;

pub use suite::check_store;
