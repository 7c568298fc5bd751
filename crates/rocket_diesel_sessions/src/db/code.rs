use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// The errors of SQLite that this library treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Another program, or another connection, holds a lock.
    Locked,
    /// A table or a column is missing.
    NotMigrated,
    /// The file, or its folder, was read-only when a connection was opened.
    ReadOnly,
    Other,
}

/// Recognizes an error of a query. Diesel has kinds for constraints only; all other errors of SQLite have their message.
pub(super) fn code(error: &QueryError) -> Code {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => code_of_message(info.message()),
        _ => Code::Other,
    }
}

/// Recognizes a message of SQLite.
pub(super) fn code_of_message(message: &str) -> Code {
    match message {
        _ if message.contains("database is locked") => Code::Locked,
        _ if message.contains("readonly database") => Code::ReadOnly,
        _ if message.contains("no such table") || message.contains("no such column") => Code::NotMigrated,
        _ if message.contains("has no column") => Code::NotMigrated,
        _ => Code::Other,
    }
}
