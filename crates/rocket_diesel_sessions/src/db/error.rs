use std::sync::Arc;

use diesel::result::Error as QueryError;

use super::trouble::{Trouble, trouble, trouble_of_message};

/// Why the database did not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Rocket.toml names no database, or one that can't exist.
    #[error("{0}")]
    Config(String),
    /// The database can't be opened.
    #[error("the database {url:?} can't be opened: {reason}")]
    Connect {
        /// Where it should be.
        url: String,
        /// What the database says.
        reason: String,
    },
    /// A migration failed, so none of the pending ones was applied.
    #[error("the database can't be migrated: {0}")]
    Migration(String),
    /// Other requests used all connections for longer than the `timeout`.
    #[error("the database was busy with other requests for too long")]
    Busy,
    /// Somebody removed or replaced the file, or its WAL, while it was open. Nobody would find what is committed to it now,
    /// so every change fails until the program is started again.
    #[error("the database file {path:?} was {what} while it was open: start the server again")]
    FileLost {
        /// Where the file was.
        path: String,
        /// What has happened to it.
        what: &'static str,
    },
    /// A transaction failed that contained the writes of several requests. None of them has happened.
    #[error(transparent)]
    Transaction(Arc<Error>),
    /// The writing thread has ended, or a panic outside of a closure has interrupted it.
    #[error("the thread that writes to the database has failed")]
    Stopped,
    /// A query failed.
    #[error("the database refused a query")]
    Query(#[from] QueryError),
}

impl Error {
    /// Returns what is wrong, as far as the error of the database tells.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Busy => Trouble::Locked,
            Self::Transaction(shared) => shared.trouble(),
            Self::Query(error) => trouble(error),
            Self::Connect { reason, .. } => trouble_of_message(reason),
            _ => Trouble::Away,
        }
    }
}
