//! What only SQLite needs to be told.

mod checkpoint;
mod open;

pub(super) use checkpoint::{Beside, checkpoint, checkpoint_within};
pub(super) use open::{
    JOURNAL_KEPT, journal_in_wal, open, open_bystander, open_checked, open_checkpointer, open_reader, open_writer,
    refusal,
};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};

use super::DbConnection;

/// The URL that opens the file at `path`, and never makes one: what is made in the place of a file that was moved away
/// would be in its way back.
pub(super) fn existing(path: &str) -> String {
    uri(path, "rw")
}

fn uri(path: &str, mode: &str) -> String {
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?mode={mode}")
}

/// Begins a read transaction: with its first query, because `BEGIN` alone locks nothing.
pub(super) fn begin_reading(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
}

pub(super) fn end_reading(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("COMMIT")
}

/// Whether another program holds a lock that was asked for.
pub(super) fn is_locked(error: &QueryError) -> bool {
    says(error, "database is locked")
}

/// Whether the file, or its folder, may not be written.
pub(super) fn is_read_only(error: &QueryError) -> bool {
    says(error, "attempt to write a readonly database")
}

/// Diesel tells no code of SQLite's. The message is the code's own text, and an application's error may have any.
fn says(error: &QueryError, message: &str) -> bool {
    matches!(error, QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) if info.message() == message)
}

/// The file that a connection has open, as SQLite names it, whatever the URL looked like.
pub(super) fn path(conn: &mut DbConnection) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Attached {
        #[diesel(sql_type = diesel::sql_types::Text)]
        file: String,
    }
    let attached: Attached =
        diesel::sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'").get_result(conn)?;
    Ok(attached.file)
}
