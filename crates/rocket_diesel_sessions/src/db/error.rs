use std::sync::Arc;

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// Why the database did not do what it was asked.
///
/// ```
/// use rocket_diesel_sessions::db::{Config, Database};
///
/// let error = Database::connect(&Config::new("/no/such/folder/db.sqlite3")).err().unwrap();
/// assert!(error.to_string().contains("/no/such/folder/db.sqlite3"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Rocket.toml names no database, or one that can't be.
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
    /// A migration failed, and with it all that were pending.
    #[error("the database can't be migrated: {0}")]
    Migration(String),
    /// Other requests kept all connections busy for longer than the `timeout`, or the file was being opened anew.
    #[error("the database was busy with other requests for too long")]
    Busy,
    /// Somebody has moved the file while it was open: what is committed to it now, nobody would find.
    #[error("the database's file {path:?} was {what} while it was open")]
    FileLost {
        /// Where it was.
        path: String,
        /// What became of it.
        what: &'static str,
    },
    /// The file's journal can't be put aside.
    #[error("the journal of the database's file is in the way")]
    Journal(#[from] std::io::Error),
    /// A transaction failed that others' writes were in too. None of them has happened.
    #[error(transparent)]
    Transaction(Arc<Error>),
    /// The thread that writes has ended, or was interrupted by a panic that was not a closure's.
    #[error("the thread that writes to the database has failed")]
    Stopped,
    /// What a query answered.
    #[error("the database refused a query")]
    Query(#[from] QueryError),
}

/// What a person can do something about.
///
/// ```
/// use rocket_diesel_sessions::db::{Error, Trouble};
///
/// let hint = |error: &Error| match error.trouble() {
///     Trouble::Away => "is the disk full?",
///     Trouble::Locked => "try again in a minute",
///     Trouble::NotMigrated => "type `diesel migration run`",
/// };
/// assert_eq!(hint(&Error::Busy), "try again in a minute");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The database can't be reached or read.
    Away,
    /// Another program holds its lock, or all connections are busy.
    Locked,
    /// It has no table `sessions`, or an older one.
    NotMigrated,
}

impl Error {
    /// What is wrong, as far as the database's message tells.
    ///
    /// ```
    /// use diesel::result::{DatabaseErrorKind, Error as QueryError};
    /// use rocket_diesel_sessions::db::{Error, Trouble};
    ///
    /// let message = Box::new("no such table: sessions".to_string());
    /// let error = Error::Query(QueryError::DatabaseError(DatabaseErrorKind::Unknown, message));
    /// assert_eq!(error.trouble(), Trouble::NotMigrated);
    /// ```
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
