//! Many jobs, one transaction, one wait for the disk.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error as QueryError;

use super::job::Job;
use crate::db::connection::DbConnection;
use crate::db::error::Error;

type Transaction = AnsiTransactionManager;

/// IMMEDIATE: a transaction that reads before it writes can't wait for the lock later.
pub(super) fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    Transaction::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
}

/// Runs the jobs in the transaction that has begun, and commits it if `may_commit` allows it. With an error, none of
/// them has happened, and the connection is not worth keeping.
///
/// They run without savepoints first, because nearly always all succeed, and SQLite copies each page that a savepoint
/// guards. Where one fails, all are undone and run again, in the transaction that `begin_again` begins, with
/// savepoints: only the one that failed takes no effect.
pub(super) fn commit(
    conn: &mut DbConnection,
    jobs: &mut [Box<dyn Job>],
    begin_again: impl FnOnce(&mut DbConnection) -> QueryResult<()>,
    may_commit: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    if !run_together(conn, jobs)? {
        roll_back_to(conn, 0)?;
        begin_again(conn)?;
        for job in jobs {
            run_apart(conn, job)?;
        }
    }
    if let Err(lost) = may_commit() {
        roll_back_to(conn, 0)?;
        return Err(lost);
    }
    Ok(Transaction::commit_transaction(conn)?)
}

/// Whether all succeeded.
fn run_together(conn: &mut DbConnection, jobs: &mut [Box<dyn Job>]) -> QueryResult<bool> {
    for job in jobs {
        if !job.run(conn) {
            return depth(conn).and_then(|depth| if depth > 0 { Ok(false) } else { Err(QueryError::NotInTransaction) });
        }
        expect(conn, 1)?;
    }
    Ok(true)
}

fn run_apart(conn: &mut DbConnection, job: &mut Box<dyn Job>) -> QueryResult<()> {
    expect(conn, 1)?;
    Transaction::begin_transaction(conn)?;
    match job.run(conn) {
        true => {
            expect(conn, 2)?;
            Transaction::commit_transaction(conn)
        }
        false => roll_back_to(conn, 1),
    }
}

/// A panic leaves behind what transactions its job had begun.
fn roll_back_to(conn: &mut DbConnection, wanted: u32) -> QueryResult<()> {
    while depth(conn)? > wanted {
        Transaction::rollback_transaction(conn)?;
    }
    expect(conn, wanted)
}

/// SQLite ends a transaction by itself when the disk is full, for example. What came after that would be committed on
/// its own, statement by statement. Diesel learns of it from the savepoint that is not there any more.
fn expect(conn: &mut DbConnection, wanted: u32) -> QueryResult<()> {
    if depth(conn)? == wanted { Ok(()) } else { Err(QueryError::NotInTransaction) }
}

fn depth(conn: &mut DbConnection) -> QueryResult<u32> {
    let depth = Transaction::transaction_manager_status_mut(conn).transaction_depth()?;
    Ok(depth.map_or(0, |depth| depth.get()))
}
