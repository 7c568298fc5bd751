use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;

use super::failure::Failure;
use super::open::as_postgres;
use crate::db::connection::DbConnection;
use crate::db::transaction;

/// In what kind of transaction a closure runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Its one statement, which reads, is the transaction.
    LookUp,
    /// All statements see the database as it is when the first one begins.
    Read,
    /// Each of its statements is a transaction.
    Statements,
    /// Each statement sees what was committed before it began.
    Change,
    /// As if no other transaction ran at the same time.
    Write,
}

impl Mode {
    fn begin(self) -> Option<&'static str> {
        match self {
            Self::LookUp | Self::Statements => None,
            Self::Read => Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            Self::Change => Some("BEGIN ISOLATION LEVEL READ COMMITTED"),
            Self::Write => Some("BEGIN ISOLATION LEVEL SERIALIZABLE"),
        }
    }

    /// Returns whether the first statement is a commit already.
    pub(super) fn commits_at_once(self) -> bool {
        self == Self::Statements
    }

    /// Runs queries in such a transaction. Calls `on_limit` when the server has to answer within a limit from then on. For the
    /// queries of this library, that is the beginning. A closure of an application may take long, so for [`Self::Write`] it is
    /// the commit, and for [`Self::Read`] there is no limit.
    pub(super) fn run<T>(
        self,
        conn: &mut DbConnection,
        queries: impl FnOnce(&mut DbConnection) -> QueryResult<T>,
        on_limit: &dyn Fn(),
    ) -> Result<T, Failure> {
        if !matches!(self, Self::Read | Self::Write) {
            on_limit();
        }
        let Some(begin) = self.begin() else {
            return queries(conn).map_err(|error| match self.commits_at_once() {
                true => Failure::of_commit(error),
                false => Failure::before_commit(error),
            });
        };
        AnsiTransactionManager::begin_transaction_sql(as_postgres(conn), begin).map_err(Failure::before_commit)?;
        match queries(conn) {
            Ok(value) => {
                // If a closure hides an error, PostgreSQL answers COMMIT by a rollback, and reports no error.
                if self == Self::Write {
                    conn.batch_execute("SELECT 1").map_err(Failure::before_commit)?;
                    on_limit();
                }
                transaction::commit(conn).map_err(Failure::of_commit)?;
                Ok(value)
            }
            Err(error) => {
                let _ = transaction::roll_back(conn); // a connection with an open transaction is closed
                Err(Failure::before_commit(error))
            }
        }
    }
}
