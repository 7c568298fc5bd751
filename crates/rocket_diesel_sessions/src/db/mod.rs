//! The database: where it is, how it is reached, and what can go wrong with it. It knows nothing of sessions.
//!
//! [`Database`] has two verbs. [`read`](Database::read) runs a closure of plain Diesel on one of several connections
//! (`pool`); [`write`](Database::write) runs one in a durable transaction.
//!
//! A durable commit waits for the disk, and SQLite lets only one connection write at a time. So one thread writes for all
//! (`writer`, group commit): it takes all closures that wait, runs them in one transaction, and answers when the data is on
//! the disk. Before it commits, it checks whether the file at the path is still the one that is open (`file`). A thread
//! beside it moves the contents of the WAL into the database file (`checkpointer`). `sqlite` has what only SQLite needs;
//! another database, such as PostgreSQL, would be a folder beside it.

mod checkpointer;
mod config;
mod connection;
mod database;
mod error;
mod file;
mod instruments;
mod migrations;
mod pool;
mod sqlite;
mod synchronous;
mod url;
mod writer;

pub use config::Config;
pub use connection::DbConnection;
pub use database::Database;
pub use error::{Error, ErrorKind};
pub(crate) use instruments::Instruments;
pub use synchronous::Synchronous;
