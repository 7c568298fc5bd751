//! Copies the WAL into the database file.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::db::connection::DbConnection;

/// Copies the WAL into the database file. Waits for locks for the busy timeout of the connection at most. Returns true
/// if the whole WAL was copied, so that it can start again from its beginning.
pub(in crate::db) fn checkpoint(conn: &mut DbConnection, mode: CheckpointMode) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        busy: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        log: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        checkpointed: i32,
    }
    let pragma = match mode {
        CheckpointMode::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        CheckpointMode::Restart => "PRAGMA wal_checkpoint(RESTART)",
        CheckpointMode::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let done: Checkpoint = diesel::sql_query(pragma).get_result(conn)?;
    if matches!(mode, CheckpointMode::Truncate) {
        return Ok(done.busy == 0 && done.log >= 0);
    }
    Ok(done.log >= 0 && done.log == done.checkpointed) // -1: another program runs a checkpoint, or there is no WAL
}

/// Runs a [`Restart`](CheckpointMode::Restart) checkpoint that waits for readers for the `timeout` at most.
pub(in crate::db) fn checkpoint_with_timeout(conn: &mut DbConnection, timeout: Duration) -> QueryResult<bool> {
    let set_timeout = |conn: &mut DbConnection, timeout: Duration| {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", timeout.as_millis()))
    };
    set_timeout(conn, timeout)?;
    let result = checkpoint(conn, CheckpointMode::Restart);
    set_timeout(conn, Duration::ZERO)?;
    result
}

/// The modes of SQLite's checkpoints (sqlite.org/c3ref/wal_checkpoint_v2.html).
#[derive(Clone, Copy)]
pub(in crate::db) enum CheckpointMode {
    /// Waits for nobody. The WAL may still contain what is written in the meantime.
    Passive,
    /// Blocks writers, in other programs too, so it copies everything that readers don't need any more.
    Restart,
    /// Like `Restart`, and then makes the WAL empty. Fails while a reader needs the WAL.
    Truncate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_without_a_wal_reports_no_complete_checkpoint() {
        let mut without_wal = DbConnection::establish(":memory:").unwrap();
        assert!(!checkpoint(&mut without_wal, CheckpointMode::Restart).unwrap());
    }
}
