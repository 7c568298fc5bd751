//! Statements that read single rows, and the oldest rows of an owner.

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::filter::{has_handle, is_alive};
use super::row::{ReadRow, column};
use crate::db::DbConnection;
use crate::handle::Handle;
use crate::record::{Alive, Record};
use crate::schema::sessions;

/// Returns the record under `handle` if it is alive and readable.
pub(super) fn load(conn: &mut DbConnection, handle: &Handle, alive: Alive) -> QueryResult<Option<Record>> {
    // Not `first`: it binds its LIMIT, and SQLite compiles a statement with a bound LIMIT each time.
    let row = sessions::table.filter(has_handle(handle)).select(ReadRow::as_select()).get_result(conn);
    match row {
        Ok(found) => Ok(record_of(handle, Some(found), alive)),
        Err(QueryError::NotFound) => Ok(None),
        Err(QueryError::DeserializationError(_)) => Ok(record_of(handle, None, alive)), // a malformed date, or not UTF-8
        Err(error) => Err(error),
    }
}

/// Returns the record of a row that was found, if it is alive and readable.
pub(super) fn record_of(handle: &Handle, row: Option<ReadRow>, alive: Alive) -> Option<Record> {
    let record = row.and_then(ReadRow::into_record);
    if record.is_none() {
        rocket::warn!("session {}: its row can't be read, so the session is empty", handle.short());
    }
    // This is not part of the SQL: to write two dates as text and compare them takes as long as to find the row.
    record.filter(|record| alive.includes(record))
}

/// Returns the keys of an owner's rows that were created before `before`, except those of the `keep` newest rows.
pub(super) fn oldest(
    conn: &mut DbConnection,
    owner: &str,
    before: OffsetDateTime,
    keep: usize,
    alive: Alive,
) -> QueryResult<Vec<String>> {
    /// A setting that is new may meet an owner with very many sessions. The next logins end the rest.
    const AT_ONCE: i64 = 1000;

    let rows: Vec<(String, PrimitiveDateTime)> = sessions::table
        .select((sessions::session_key, sessions::created_at))
        .filter(sessions::owner.eq(owner))
        .filter(is_alive(alive))
        .order((sessions::created_at.desc(), sessions::session_key.desc()))
        .limit(AT_ONCE)
        .offset(limit(keep))
        .load(conn)?;
    Ok(rows.into_iter().filter(|(_, created_at)| *created_at < column(before)).map(|(key, _)| key).collect())
}

/// Converts a number of rows for LIMIT and OFFSET.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
