use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::db::connection::{DbConnection, as_sqlite};

/// Copies what the WAL has into the database file, beside readers and writers. What is written in the meantime stays in the
/// WAL. Returns whether everything was copied.
pub(in crate::db::sqlite) fn checkpoint(conn: &mut DbConnection) -> QueryResult<bool> {
    run(conn, "PRAGMA wal_checkpoint(PASSIVE)")
}

/// Copies the rest of the WAL while nobody writes, so that the WAL starts from its beginning. Waits up to `timeout` for
/// readers that still need it. Returns whether everything was copied.
pub(in crate::db::sqlite) fn checkpoint_rest(conn: &mut DbConnection, timeout: Duration) -> QueryResult<bool> {
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", timeout.as_millis()))?;
    let done = run(conn, "PRAGMA wal_checkpoint(RESTART)");
    conn.batch_execute("PRAGMA busy_timeout = 0")?;
    done
}

fn run(conn: &mut DbConnection, pragma: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        log: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        checkpointed: i32,
    }
    let done: Checkpoint = diesel::sql_query(pragma).get_result(as_sqlite(conn))?;
    // -1: another program makes a checkpoint, or there is no WAL.
    Ok(done.log >= 0 && done.log == done.checkpointed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_of_a_database_without_a_wal_is_not_done() {
        let mut conn = crate::db::connection::open_sqlite(":memory:").unwrap();
        assert!(!checkpoint_rest(&mut conn, Duration::ZERO).unwrap());
    }
}
