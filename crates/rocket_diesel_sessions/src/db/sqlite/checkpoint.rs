//! From the journal into the database's file.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::db::connection::DbConnection;

/// Moves what the journal holds into the database's file, and waits no longer than the connection does. Whether all of
/// it has arrived, so that the journal can begin anew.
pub(in crate::db) fn checkpoint(conn: &mut DbConnection, beside: Beside) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        busy: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        log: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        checkpointed: i32,
    }
    let pragma = match beside {
        Beside::Writers => "PRAGMA wal_checkpoint(PASSIVE)",
        Beside::Readers => "PRAGMA wal_checkpoint(RESTART)",
        Beside::Nobody => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let done: Checkpoint = diesel::sql_query(pragma).get_result(conn)?;
    if matches!(beside, Beside::Nobody) {
        return Ok(done.busy == 0 && done.log >= 0);
    }
    Ok(done.log >= 0 && done.log == done.checkpointed) // -1: another program is at it, or there is no journal
}

/// A checkpoint that waits for readers of what it moves, but not longer than that.
pub(in crate::db) fn checkpoint_within(conn: &mut DbConnection, patience: Duration) -> QueryResult<bool> {
    let wait = |conn: &mut DbConnection, time: Duration| {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", time.as_millis()))
    };
    wait(conn, patience)?;
    let made = checkpoint(conn, Beside::Readers);
    wait(conn, Duration::ZERO)?;
    made
}

/// Who goes on while a checkpoint is made.
#[derive(Clone, Copy)]
pub(in crate::db) enum Beside {
    /// Everybody. What is written meanwhile is not in it.
    Writers,
    /// Not who writes, in another program neither: it has all.
    Readers,
    /// It is refused while somebody reads what it would move.
    Nobody,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_that_nobody_made_is_not_taken_for_one() {
        let mut without_a_journal = DbConnection::establish(":memory:").unwrap();
        assert!(!checkpoint(&mut without_a_journal, Beside::Readers).unwrap());
    }
}
