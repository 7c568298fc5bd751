use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::db::error::Error;

/// Why nothing was copied. No message has a value of a row, apart from its primary key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    /// The two databases don't fit.
    #[error("{0}. Nothing was copied")]
    Refused(String),
    /// A row can't be copied.
    #[error("the row {key} of the table {table} can't be copied: {reason}. Nothing was copied")]
    Row { table: String, key: String, reason: String },
    /// A database can't be opened or used.
    #[error(transparent)]
    Database(#[from] Error),
    /// A statement failed that contains no value of a row.
    #[error("a database refused a query. Nothing was copied")]
    Query(#[from] QueryError),
}

/// Returns why a row was not inserted. The database's own message would contain values.
pub(super) fn reason(error: &QueryError) -> String {
    let QueryError::DatabaseError(kind, info) = error else { return "the database refused it".into() };
    let reason = match kind {
        DatabaseErrorKind::UniqueViolation => "another row has the same value in a column that must be unique",
        DatabaseErrorKind::NotNullViolation => "it lacks a value",
        DatabaseErrorKind::CheckViolation => "it breaks a CHECK of the table",
        DatabaseErrorKind::ForeignKeyViolation => "it refers to a row that does not exist",
        DatabaseErrorKind::ClosedConnection => "the connection broke",
        _ => "a value does not fit its column, or the database can't store it now. The server's log may say more",
    };
    match info.column_name() {
        Some(column) => format!("the column {column}: {reason}"),
        None => reason.into(),
    }
}
