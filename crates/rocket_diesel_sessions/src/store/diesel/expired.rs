//! Deletes rows that have expired.

use diesel::dsl;
use diesel::prelude::*;
use time::OffsetDateTime;

use super::filter::is_alive;
use super::read::limit;
use super::replaced;
use super::row::column;
use crate::db::{Database, DbConnection};
use crate::error::Result;
use crate::record::Alive;
use crate::schema::sessions;

/// Deletes up to `most` rows that have expired. Returns how many were deleted: 0 if none are left, or if another instance
/// is deleting them. The reading connections look for the rows, so that the writer only has to delete them.
///
/// `absolute_age` limits the expire date of each row that is saved. After it was lowered, an older row can be over age
/// before its expire date: no lookup returns it, and it is deleted at its expire date.
pub(super) async fn clear(database: &Database, alive: Alive, most: usize) -> Result<usize> {
    let expired = database.read(move |conn| find(conn, alive, most)).await?;
    if expired.is_empty() {
        clear_replaced(database, alive.now, most).await?;
        return Ok(0);
    }
    let job = move |conn: &mut DbConnection| {
        diesel::delete(sessions::table)
            .filter(sessions::session_key.eq_any(lock(conn, &expired)?))
            .filter(dsl::not(is_alive(alive))) // a row may have been renewed since
            .execute(conn)
    };
    Ok(database.change(job).await?)
}

/// Deletes the rows of `replaced_keys` whose minute is over.
async fn clear_replaced(database: &Database, now: OffsetDateTime, most: usize) -> Result<()> {
    loop {
        let keys = database.read(move |conn| replaced::expired(conn, now, most)).await?;
        if keys.is_empty() || database.change(move |conn| replaced::delete(conn, &keys)).await? == 0 {
            return Ok(());
        }
    }
}

/// Locks these rows, except those that another transaction has locked. Returns the keys of the locked ones. So instances
/// that sweep at the same moment don't wait for each other. On SQLite, a transaction has the whole database.
fn lock(conn: &mut DbConnection, keys: &[String]) -> QueryResult<Vec<String>> {
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn {
        let rows = sessions::table.select(sessions::session_key).filter(sessions::session_key.eq_any(keys));
        return rows.for_update().skip_locked().load(conn);
    }
    let _ = conn;
    Ok(keys.to_vec())
}

/// Returns how many rows have passed their expire date.
#[cfg(feature = "clap")]
pub(super) fn count(conn: &mut DbConnection, alive: Alive) -> QueryResult<usize> {
    let expired = sessions::table.filter(sessions::expire_date.le(column(alive.now)));
    let count: i64 = expired.count().get_result(conn)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Returns up to `most` keys of rows that have passed their expire date, by the index.
fn find(conn: &mut DbConnection, alive: Alive, most: usize) -> QueryResult<Vec<String>> {
    sessions::table
        .select(sessions::session_key)
        .filter(sessions::expire_date.le(column(alive.now)))
        .order(sessions::expire_date)
        .limit(limit(most))
        .load(conn)
}
