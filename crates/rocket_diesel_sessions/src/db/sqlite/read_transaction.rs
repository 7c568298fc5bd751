use diesel::QueryResult;
use diesel::connection::SimpleConnection;

use crate::db::connection::DbConnection;

/// Begins a read transaction: with its first query, because `BEGIN` alone locks nothing.
pub(in crate::db) fn begin_reading(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
}

pub(in crate::db) fn end_reading(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("COMMIT")
}
