//! Many jobs, one transaction, one wait for the disk.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};

use super::job::Job;
use crate::db::{DbConnection, Error};

type Transaction = AnsiTransactionManager;

/// IMMEDIATE: a transaction that reads before it writes can't wait for the lock later.
pub(super) fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    Transaction::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
}

/// Runs the jobs in the transaction that has begun, and commits it if `may_commit` allows it. With an error, none of
/// them has happened, and the connection is not worth keeping.
///
/// They run without savepoints first, because nearly always all succeed and a savepoint costs more than what it guards.
/// Where one fails, all are undone and run again with savepoints, so that only the one that failed takes no effect.
pub(super) fn commit(
    conn: &mut DbConnection,
    jobs: &mut [Box<dyn Job>],
    may_commit: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    if !jobs.iter_mut().all(|job| job.run(conn)) {
        roll_back_to(conn, None)?;
        begin(conn)?;
        for job in jobs {
            run_apart(conn, job)?;
        }
    }
    if let Err(lost) = may_commit() {
        roll_back_to(conn, None)?;
        return Err(lost);
    }
    Ok(Transaction::commit_transaction(conn)?)
}

fn run_apart(conn: &mut DbConnection, job: &mut Box<dyn Job>) -> QueryResult<()> {
    let before = depth(conn)?;
    Transaction::begin_transaction(conn)?;
    match job.run(conn) {
        true => Transaction::commit_transaction(conn),
        false => roll_back_to(conn, before),
    }
}

/// A panic leaves behind what transactions its job had begun. An error: SQLite has rolled back all of it by itself, as
/// it does when the disk is full.
fn roll_back_to(conn: &mut DbConnection, wanted: Depth) -> QueryResult<()> {
    while depth(conn)? > wanted {
        Transaction::rollback_transaction(conn)?;
    }
    Ok(())
}

type Depth = Option<std::num::NonZeroU32>;

fn depth(conn: &mut DbConnection) -> QueryResult<Depth> {
    Transaction::transaction_manager_status_mut(conn).transaction_depth()
}
