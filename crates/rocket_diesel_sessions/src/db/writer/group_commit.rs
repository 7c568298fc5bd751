//! Runs many jobs in one transaction, so that they wait for the disk together.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error as QueryError;

use super::job::Job;
use crate::db::connection::DbConnection;
use crate::db::error::Error;

type Transaction = AnsiTransactionManager;

/// Begins a transaction with `BEGIN IMMEDIATE`: a transaction that reads before it writes could not wait for the lock
/// later.
pub(super) fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    Transaction::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
}

/// Runs the jobs in the transaction that was begun, and commits it if `check` succeeds. After an error, nothing is
/// committed, and the connection should be closed.
///
/// The jobs run without savepoints first, because nearly always all of them succeed, and SQLite copies each page that
/// is changed after a savepoint. If a job fails, all of them are rolled back. They run again in the transaction that
/// `begin_again` begins, each in a savepoint, so only the changes of the failing job are lost.
pub(super) fn commit(
    conn: &mut DbConnection,
    jobs: &mut [Box<dyn Job>],
    begin_again: impl FnOnce(&mut DbConnection) -> QueryResult<()>,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    if !run_without_savepoints(conn, jobs)? {
        roll_back_to(conn, 0)?;
        begin_again(conn)?;
        for job in jobs {
            run_in_savepoint(conn, job)?;
        }
    }
    if let Err(error) = check() {
        roll_back_to(conn, 0)?;
        return Err(error);
    }
    Ok(Transaction::commit_transaction(conn)?)
}

/// Returns true if all jobs succeeded. Stops at the first that fails.
fn run_without_savepoints(conn: &mut DbConnection, jobs: &mut [Box<dyn Job>]) -> QueryResult<bool> {
    for job in jobs {
        if !job.run(conn) {
            return depth(conn).and_then(|depth| if depth > 0 { Ok(false) } else { Err(QueryError::NotInTransaction) });
        }
        expect_depth(conn, 1)?;
    }
    Ok(true)
}

fn run_in_savepoint(conn: &mut DbConnection, job: &mut Box<dyn Job>) -> QueryResult<()> {
    expect_depth(conn, 1)?;
    Transaction::begin_transaction(conn)?;
    match job.run(conn) {
        true => {
            expect_depth(conn, 2)?;
            Transaction::commit_transaction(conn)
        }
        false => roll_back_to(conn, 1),
    }
}

/// Rolls back to a depth of nested transactions. A job that panics leaves the ones that it has begun open.
fn roll_back_to(conn: &mut DbConnection, wanted: u32) -> QueryResult<()> {
    while depth(conn)? > wanted {
        Transaction::rollback_transaction(conn)?;
    }
    expect_depth(conn, wanted)
}

/// Refuses to go on in another transaction than the expected one. SQLite itself rolls a transaction back for some
/// errors, for example if the disk is full. Each later statement would then be committed on its own. Diesel notices
/// this when the savepoint is missing.
fn expect_depth(conn: &mut DbConnection, wanted: u32) -> QueryResult<()> {
    if depth(conn)? == wanted { Ok(()) } else { Err(QueryError::NotInTransaction) }
}

fn depth(conn: &mut DbConnection) -> QueryResult<u32> {
    let depth = Transaction::transaction_manager_status_mut(conn).transaction_depth()?;
    Ok(depth.map_or(0, |depth| depth.get()))
}
