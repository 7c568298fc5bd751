//! Recognizes the errors of SQLite.

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// Whether another program holds a lock that was asked for.
pub(in crate::db) fn is_locked(error: &QueryError) -> bool {
    says(error, "database is locked")
}

/// Whether the file, or its folder, may not be written.
pub(in crate::db) fn is_read_only(error: &QueryError) -> bool {
    says(error, "attempt to write a readonly database")
}

/// Diesel tells no code of SQLite's. The message is the code's own text, and an application's error may have any.
fn says(error: &QueryError, message: &str) -> bool {
    matches!(error, QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) if info.message() == message)
}
