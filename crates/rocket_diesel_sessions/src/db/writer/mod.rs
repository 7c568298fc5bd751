//! One thread writes for all requests: group commit.
//!
//! Requests submit a `job` to the `queue`. `thread` takes the jobs, and `group_commit` runs them in one transaction.
//! `opening` opens the connection of the thread.

mod group_commit;
mod job;
mod opening;
mod queue;
mod thread;

pub(in crate::db) use queue::Writer;
