//! Many jobs, one transaction, one wait for the disk.

use diesel::QueryResult;
use diesel::connection::AnsiTransactionManager;
use diesel::result::Error as QueryError;

use super::job::Job;
use crate::db::connection::{DbConnection, as_sqlite};
use crate::db::transaction::{self, depth};

/// Begins the transaction of a batch. IMMEDIATE takes the lock now: a transaction that reads before it writes can't wait
/// for the lock later.
pub(super) fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(as_sqlite(conn), "BEGIN IMMEDIATE")
}

pub(super) fn commit(conn: &mut DbConnection) -> QueryResult<()> {
    transaction::commit(conn)
}

/// Undoes everything, also the transactions that a job has left open by a panic.
pub(super) fn roll_back(conn: &mut DbConnection) -> QueryResult<()> {
    roll_back_to(conn, 0)
}

/// Runs the jobs without savepoints, for which SQLite would copy pages. Returns whether all of them succeeded. If not, the
/// caller has to undo everything.
///
/// # Errors
///
/// Fails if SQLite has ended the transaction by itself, for example because the disk is full.
pub(super) fn run(conn: &mut DbConnection, jobs: &mut [Box<dyn Job>]) -> QueryResult<bool> {
    for job in jobs {
        if !job.run(conn) {
            return match depth(conn)? {
                0 => Err(QueryError::NotInTransaction),
                _ => Ok(false),
            };
        }
        expect_depth(conn, 1)?;
    }
    Ok(true)
}

/// Runs the jobs with a savepoint for each, so that a job that fails has no effect on the others.
///
/// # Errors
///
/// As [`run`].
pub(super) fn run_with_savepoints(conn: &mut DbConnection, jobs: &mut [Box<dyn Job>]) -> QueryResult<()> {
    for job in jobs {
        expect_depth(conn, 1)?;
        transaction::begin(conn)?;
        match job.run(conn) {
            true => {
                expect_depth(conn, 2)?;
                transaction::commit(conn)?;
            }
            false => roll_back_to(conn, 1)?,
        }
    }
    Ok(())
}

fn roll_back_to(conn: &mut DbConnection, wanted: u32) -> QueryResult<()> {
    while depth(conn)? > wanted {
        transaction::roll_back(conn)?;
    }
    expect_depth(conn, wanted)
}

/// Detects that SQLite has ended the transaction by itself. The jobs after that would be committed one by one. Diesel
/// notices it when a savepoint is missing.
fn expect_depth(conn: &mut DbConnection, wanted: u32) -> QueryResult<()> {
    if depth(conn)? == wanted { Ok(()) } else { Err(QueryError::NotInTransaction) }
}
