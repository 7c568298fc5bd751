//! The database: its settings, its connections and its errors. It does not depend on sessions.
//!
//! [`Database`] has two methods for queries. [`read`](Database::read) runs a closure of plain Diesel on one of several
//! connections. [`write`](Database::write) runs one in a durable transaction.
//!
//! A durable commit waits for the disk, and SQLite lets only one connection write at a time. So one thread writes for
//! all requests (`writer`): it takes all closures that wait, runs them in one transaction (group commit), and answers
//! when the data is on the disk. Before it commits, it checks whether the file at the path is still the open one
//! (`file`). A second thread copies the WAL into the database file (`checkpointer`). `sqlite` has the code that is
//! specific to SQLite. Another database, such as PostgreSQL, would get a folder of its own.

mod activity;
mod checkpointer;
mod config;
mod connection;
mod database;
mod error;
mod file;
mod idle;
mod instruments;
mod migrations;
mod open_files;
mod read_mark;
mod readers;
mod sqlite;
mod synchronous;
mod url;
mod writer;

pub use config::Config;
pub use connection::DbConnection;
pub use database::Database;
pub use error::{Error, Trouble};
pub(crate) use instruments::Instruments;
pub use synchronous::Synchronous;
