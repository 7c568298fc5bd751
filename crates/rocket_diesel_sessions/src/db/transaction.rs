//! Diesel's transaction manager, under one name for both kinds of connection.

use diesel::connection::{Connection, TransactionManager};
use diesel::prelude::*;

use super::connection::DbConnection;

type Manager = <DbConnection as Connection>::TransactionManager;

/// Begins a transaction, or a savepoint in one.
pub(super) fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    Manager::begin_transaction(conn)
}

/// Commits the innermost transaction.
pub(super) fn commit(conn: &mut DbConnection) -> QueryResult<()> {
    Manager::commit_transaction(conn)
}

/// Undoes the innermost transaction.
pub(super) fn roll_back(conn: &mut DbConnection) -> QueryResult<()> {
    Manager::rollback_transaction(conn)
}

/// Returns how many transactions are open inside each other.
///
/// # Errors
///
/// Fails if the connection is broken.
pub(super) fn depth(conn: &mut DbConnection) -> QueryResult<u32> {
    let depth = Manager::transaction_manager_status_mut(conn).transaction_depth()?;
    Ok(depth.map_or(0, |depth| depth.get()))
}
