use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::db::error::Error;

/// Why a transaction failed.
pub(super) struct Failure {
    error: QueryError,
    /// The commit was sent, so if the connection is broken, nobody can know whether it has happened.
    commit_was_sent: bool,
}

impl Failure {
    pub fn before_commit(error: QueryError) -> Self {
        Self { error, commit_was_sent: false }
    }

    pub fn of_commit(error: QueryError) -> Self {
        Self { error, commit_was_sent: true }
    }

    /// Returns whether the connection can't be used any more.
    pub fn is_disconnected(&self) -> bool {
        use DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, UnableToSendCommand};
        // A server that is read-only now is not the one that the URL asked for.
        let kinds =
            |kind: &DatabaseErrorKind| matches!(kind, ClosedConnection | UnableToSendCommand | ReadOnlyTransaction);
        matches!(&self.error, QueryError::DatabaseError(kind, _) if kinds(kind))
    }

    /// Returns whether the transaction can run again: it has changed nothing, and it may succeed the next time.
    pub fn can_be_retried(&self) -> bool {
        self.is_conflict() || self.is_disconnected() && !self.commit_was_sent
    }

    /// Returns whether another transaction was in the way: SQLSTATE 40001 or 40P01.
    fn is_conflict(&self) -> bool {
        match &self.error {
            QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
            // Diesel has no kind for 40P01. If the server speaks another language, a deadlock is an error.
            QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message().contains("deadlock detected"),
            _ => false,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error.into()
    }
}
