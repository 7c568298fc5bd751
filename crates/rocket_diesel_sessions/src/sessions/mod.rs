//! For operators: listing sessions, ending them, and deleting those that have expired.
//!
//! `manage` has the methods, `sweep` calls `clear_expired` regularly, and `adaptive_batch` says how many records one
//! transaction deletes.

mod adaptive_batch;
mod listed;
mod manage;
mod sweep;

pub use listed::Listed;
pub use manage::Sessions;
pub(crate) use sweep::start_sweeper;
