//! Recognizes the errors of SQLite. Diesel has kinds for constraints only; all other errors have only their message.

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// What a person can do about an [`Error`](super::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The database can't be reached or read.
    Away,
    /// Another program holds its lock, or all connections are in use.
    Locked,
    /// It lacks a table or a column.
    NotMigrated,
}

/// Returns what is wrong.
pub(super) fn trouble(error: &QueryError) -> Trouble {
    message(error).map_or(Trouble::Away, trouble_of_message)
}

/// Returns what a message of SQLite says.
pub(super) fn trouble_of_message(message: &str) -> Trouble {
    match message {
        _ if message.contains("database is locked") => Trouble::Locked,
        _ if ["no such table", "no such column", "has no column"].iter().any(|text| message.contains(text)) => {
            Trouble::NotMigrated
        }
        _ => Trouble::Away,
    }
}

/// Returns whether the file, or its folder, was read-only when a connection was opened.
pub(super) fn is_read_only(error: &QueryError) -> bool {
    message(error).is_some_and(|message| message.contains("readonly database"))
}

fn message(error: &QueryError) -> Option<&str> {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => Some(info.message()),
        _ => None,
    }
}
