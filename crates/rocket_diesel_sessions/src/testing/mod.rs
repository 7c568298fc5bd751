//! Helpers for tests (feature `testing`): a session to try things on, and the conformance suite for stores.

mod conformance;
mod example;

pub use conformance::check_store;
pub use example::example;
