use std::sync::Arc;

use diesel::result::{DatabaseErrorKind, Error as QueryError};

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
    /// Other requests used all connections for longer than the `timeout`, or a server did not answer for twice as long. A
    /// commit that it did not answer may still happen.
    #[error("the database was busy with other requests, or did not answer, for too long")]
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
    /// A transaction or a statement failed that contained what several requests asked. No change of theirs has happened; if
    /// the connection to a server broke at that moment, nobody can know.
    #[error(transparent)]
    Transaction(Arc<Error>),
    /// Nothing was copied to another database. The message has no value of a row, apart from its key.
    #[error("nothing was copied: {0}")]
    Copy(String),
    /// The backup was not made.
    #[error("the database can't be copied to {file:?}: {reason}")]
    Backup {
        /// The file that should get the copy.
        file: String,
        /// What was in the way.
        reason: String,
    },
    /// The writing thread has ended, or a panic outside of a closure has interrupted it.
    #[error("the thread that writes to the database has failed")]
    Stopped,
    /// A query failed.
    #[error("the database refused a query")]
    Query(#[from] QueryError),
}

/// What a person can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The database can't be reached or read.
    Unavailable,
    /// Another program holds its lock, or all connections are in use.
    Locked,
    /// It lacks a table or a column.
    NotMigrated,
    /// The file, or its folder, was read-only when a connection was opened.
    ReadOnly,
}

impl Error {
    /// Returns the kind of the error, as far as the database's own error tells.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Locked,
            Self::Transaction(shared) => shared.kind(),
            Self::Query(error) => ErrorKind::of(error),
            Self::Connect { reason, .. } => ErrorKind::of_message(reason),
            _ => ErrorKind::Unavailable,
        }
    }
}

/// Recognizes errors by their messages. Diesel has kinds for constraints only.
impl ErrorKind {
    pub(super) fn of(error: &QueryError) -> Self {
        match error {
            QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => Self::of_message(info.message()),
            _ => Self::Unavailable,
        }
    }

    fn of_message(message: &str) -> Self {
        let says = |text| message.contains(text);
        match () {
            () if says("database is locked") || says("lock timeout") => Self::Locked,
            () if says("no such table") || says("no such column") || says("has no column") => Self::NotMigrated,
            () if (says("relation") || says("column")) && says("does not exist") => Self::NotMigrated,
            () if says("readonly database") => Self::ReadOnly,
            () => Self::Unavailable,
        }
    }
}
