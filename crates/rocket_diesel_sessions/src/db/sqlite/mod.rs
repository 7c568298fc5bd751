//! The engine of a database file: `engine` opens it.
//!
//! A durable commit waits for the disk, and SQLite lets only one connection write at a time. So one thread writes for all
//! (`writer`, group commit): it takes all closures that wait, runs them in one transaction, and answers when the data is on
//! the disk. Before it commits, it checks whether the file at the path is still the one that is open (`file`). A thread
//! beside it moves the contents of the WAL into the database file (`checkpointer`). `backup` copies a database that is in use.

mod backup;
mod checkpoint;
mod checkpointer;
mod engine;
mod file;
mod open;
mod pool;
mod writer;

pub(super) use engine::{Sqlite, begin_migration, has_table};
#[cfg(all(feature = "clap", feature = "postgres"))]
pub(super) use open::open_alone;
