//! Deletes rows that have expired.

use std::sync::{Mutex, PoisonError};

use diesel::dsl;
use diesel::prelude::*;
use time::PrimitiveDateTime;

use super::filter::is_alive;
use super::read::limit;
use super::row::column;
use crate::db::{Database, DbConnection};
use crate::error::Result;
use crate::record::Alive;
use crate::schema::sessions;

/// Deletes up to `most` rows that have expired. Returns how many were deleted. The reading connections look for the rows,
/// so that the writer only has to delete them.
pub(super) async fn clear(database: &Database, over_age: &OverAge, alive: Alive, most: usize) -> Result<usize> {
    let mut expired = database.read(move |conn| find(conn, alive, most)).await?;
    while expired.len() < most
        && let Some(more) = over_age.next(database, alive, most - expired.len()).await?
    {
        expired.extend(more);
    }
    if expired.is_empty() {
        return Ok(0);
    }
    let job = move |conn: &mut DbConnection| {
        diesel::delete(sessions::table)
            .filter(sessions::session_key.eq_any(&expired))
            .filter(dsl::not(is_alive(alive))) // a row may have been renewed since
            .execute(conn)
    };
    Ok(database.change(job).await?)
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

/// Looks for rows that are older than `absolute_age` and have not passed their expire date, in the whole table, once in
/// the life of a program.
///
/// No index finds these rows, and none is needed. `absolute_age` limits the expire date of each row that is saved, so only
/// rows from before it was set or lowered can be older, and a setting changes only at a launch. Rows that the search
/// misses leave at their expire date.
#[derive(Debug)]
pub(super) struct OverAge {
    /// The last key that was looked at. `None` at the end of the table.
    after: Mutex<Option<String>>,
}

/// The number of rows that one transaction looks at. During a longer one, SQLite could not restart the WAL.
const PAGE: i64 = 1000;

impl Default for OverAge {
    fn default() -> Self {
        Self { after: Mutex::new(Some(String::new())) }
    }
}

impl OverAge {
    /// Returns up to `most` further keys, possibly none, or `None` at the end of the table.
    async fn next(&self, database: &Database, alive: Alive, most: usize) -> Result<Option<Vec<String>>> {
        let Some(created_after) = alive.created_after.map(column) else { return Ok(None) };
        let Some(after) = self.after.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return Ok(None) };
        let rows = database.read(move |conn| page(conn, &after)).await?;

        let mut found = Vec::new();
        let mut last = None;
        for (key, created_at) in &rows {
            if found.len() == most {
                break;
            }
            last = Some(key.clone());
            if *created_at <= created_after {
                found.push(key.clone());
            }
        }
        *self.after.lock().unwrap_or_else(PoisonError::into_inner) = last;
        Ok(Some(found))
    }
}

fn page(conn: &mut DbConnection, after: &str) -> QueryResult<Vec<(String, PrimitiveDateTime)>> {
    sessions::table
        .select((sessions::session_key, sessions::created_at))
        .filter(sessions::session_key.gt(after))
        .order(sessions::session_key)
        .limit(PAGE)
        .load(conn)
}
