use std::sync::Arc;

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// Why the database could not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table `databases.sessions` is missing in Rocket.toml, or one of its values is not allowed.
    #[error("{0}")]
    Config(String),
    /// The database can't be opened.
    #[error("the database {url:?} can't be opened: {reason}")]
    Connect {
        /// The URL or the path that was used.
        url: String,
        /// The message of the database.
        reason: String,
    },
    /// A migration failed. None of the pending migrations was applied.
    #[error("the database can't be migrated: {0}")]
    Migration(String),
    /// For longer than the `timeout`, other requests used all connections or filled the queue of the writer, or the
    /// file was being reopened.
    #[error("the database was busy with other requests for too long")]
    Busy,
    /// Somebody moved, removed or replaced the file or its WAL while it was open. A commit would be lost, so it is
    /// refused.
    #[error("the database file {path:?} was {what} while it was open")]
    FileLost {
        /// The path of the file.
        path: String,
        /// What happened to the file, for example `"removed"`.
        what: &'static str,
    },
    /// The database file was replaced, and the WAL of the old file can't be renamed. The new file is not opened,
    /// because SQLite would apply that WAL to it.
    #[error("the WAL of a replaced database file can't be renamed")]
    Journal(#[from] std::io::Error),
    /// The transaction of the write failed. Other writes may have shared it, and none of them was committed.
    #[error(transparent)]
    Transaction(Arc<Error>),
    /// The thread that writes has ended, or an instrumentation panicked in it. After such a panic, the changes may be
    /// saved all the same.
    #[error("the thread that writes to the database has failed")]
    Stopped,
    /// A query failed.
    #[error("the database refused a query")]
    Query(#[from] QueryError),
}

/// The kind of an [`Error`], by what a person can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The database can't be opened, read or written. This is the kind of every other error, too.
    Away,
    /// Another program holds a lock, or all connections are busy.
    Locked,
    /// A table or a column is missing.
    NotMigrated,
}

impl Error {
    /// Returns the kind of the error. The kind of a failed query depends on the message of the database.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Query(QueryError::DatabaseError(DatabaseErrorKind::Unknown, info)) => match info.message() {
                message if message.contains("no such table") => Trouble::NotMigrated,
                message if message.contains("no such column") || message.contains("no column") => Trouble::NotMigrated,
                message if message.contains("is locked") => Trouble::Locked,
                _ => Trouble::Away,
            },
            Self::Busy => Trouble::Locked,
            Self::Transaction(shared) => shared.trouble(),
            _ => Trouble::Away,
        }
    }
}
