//! The table `replaced_keys`: for a minute, it leads from the handle that a session had to the one that it has.

use diesel::prelude::*;
use time::OffsetDateTime;

use super::read::limit;
use super::row::column;
use crate::db::DbConnection;
use crate::schema::replaced_keys;
use crate::store::REPLACED_FOR;

/// Remembers that a session has another handle now.
pub(super) fn insert(conn: &mut DbConnection, old: &str, new: &str, now: OffsetDateTime) -> QueryResult<()> {
    let row = (
        replaced_keys::old_key.eq(old),
        replaced_keys::new_key.eq(new),
        replaced_keys::expires_at.eq(column(now + REPLACED_FOR)),
    );
    diesel::insert_into(replaced_keys::table).values(row).execute(conn).map(drop)
}

/// Returns the handle that a session got after this one, in the last minute.
pub(super) fn next(conn: &mut DbConnection, old: &str, now: OffsetDateTime) -> QueryResult<Option<String>> {
    let row = replaced_keys::table.find(old).filter(replaced_keys::expires_at.gt(column(now)));
    row.select(replaced_keys::new_key).get_result(conn).optional()
}

/// Returns up to `most` rows whose minute is over.
pub(super) fn expired(conn: &mut DbConnection, now: OffsetDateTime, most: usize) -> QueryResult<Vec<String>> {
    replaced_keys::table
        .select(replaced_keys::old_key)
        .filter(replaced_keys::expires_at.le(column(now)))
        .limit(limit(most))
        .load(conn)
}

/// Deletes these rows, except those that another transaction has locked. Returns how many were deleted.
pub(super) fn delete(conn: &mut DbConnection, keys: &[String]) -> QueryResult<usize> {
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn {
        let rows = replaced_keys::table.select(replaced_keys::old_key).filter(replaced_keys::old_key.eq_any(keys));
        let locked: Vec<String> = rows.for_update().skip_locked().load(conn)?;
        return diesel::delete(replaced_keys::table.filter(replaced_keys::old_key.eq_any(locked))).execute(conn);
    }
    diesel::delete(replaced_keys::table).filter(replaced_keys::old_key.eq_any(keys)).execute(conn)
}
