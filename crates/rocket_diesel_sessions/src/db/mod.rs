//! The database: where it is, how it is reached, and what can go wrong with it. It knows nothing of sessions.
//!
//! [`Database`] has two verbs. [`read`](Database::read) runs a closure of plain Diesel on one of several connections;
//! [`write`](Database::write) runs one in a durable transaction.
//!
//! `engine` selects the database by the `url`: `sqlite` has the engine of a file, and `postgres` that of a server (feature
//! `postgres`). `copy` copies all rows from a file to a server. A query is written in the same way for both.

mod config;
mod connection;
#[cfg(all(feature = "clap", feature = "postgres"))]
mod copy;
mod database;
mod engine;
mod error;
mod instruments;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
mod synchronous;
mod transaction;
mod turns;
mod url;

pub use config::Config;
#[cfg(feature = "postgres")]
pub use connection::AnyConnection;
pub use connection::DbConnection;
#[cfg(any(feature = "clap", feature = "testing"))]
pub(crate) use connection::open_sqlite;
#[cfg(all(feature = "clap", feature = "postgres"))]
pub(crate) use copy::copy;
pub use database::Database;
pub use error::{Error, ErrorKind};
pub(crate) use instruments::Instruments;
#[cfg(feature = "postgres")]
pub(crate) use postgres::{Batcher, Mode, Pool};
pub use synchronous::Synchronous;
