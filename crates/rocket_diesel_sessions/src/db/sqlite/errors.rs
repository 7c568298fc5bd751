//! Recognizes errors of SQLite.

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// Checks whether another program holds a lock that the query needs.
pub(in crate::db) fn is_locked(error: &QueryError) -> bool {
    has_message(error, "database is locked")
}

/// Checks whether the program is not allowed to write the file or its folder.
pub(in crate::db) fn is_read_only(error: &QueryError) -> bool {
    has_message(error, "attempt to write a readonly database")
}

/// Compares the whole message with SQLite's text for an error code, because Diesel does not pass the code on. An
/// application's own error may contain the same words.
fn has_message(error: &QueryError, message: &str) -> bool {
    matches!(error, QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) if info.message() == message)
}
