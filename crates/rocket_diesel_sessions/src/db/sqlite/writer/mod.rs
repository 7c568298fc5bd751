//! One thread writes for all: group commit.
//!
//! `queue` is where requests submit a `job`. `thread` takes the jobs, and `group_commit` runs them in one transaction.

mod group_commit;
mod job;
mod queue;
mod thread;

pub(in crate::db::sqlite) use queue::Writer;
