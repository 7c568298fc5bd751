use diesel::QueryResult;
use diesel::connection::SimpleConnection;

use crate::db::connection::DbConnection;

/// Begins a read transaction. `BEGIN` alone takes no lock, so this runs a first query too.
pub(in crate::db) fn begin_read_transaction(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
}

pub(in crate::db) fn end_read_transaction(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("COMMIT")
}
