//! For operators: listing and searching sessions, ending them, and deleting those that have expired.
//!
//! `manage` has the methods that end sessions, and `search` those that find them. `sweep` calls `clear_expired` regularly,
//! and `adaptive_batch` says how many records one transaction deletes.

mod adaptive_batch;
mod manage;
mod search;
mod sweep;

pub use manage::Sessions;
pub(crate) use sweep::start_sweeper;
