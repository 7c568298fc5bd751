//! Rows that nothing but `absolute_age` has ended.

use std::sync::{Mutex, PoisonError};

use diesel::prelude::*;
use time::PrimitiveDateTime;

use super::row::column;
use crate::db::{Database, DbConnection};
use crate::schema::sessions;
use crate::session::Result;
use crate::session::record::Alive;

/// A search through the whole table, once in a program's life.
///
/// No index finds these rows, and none is needed: `absolute_age` caps the expire date of each row that is saved, so
/// only rows from before it was set, or lowered, are there beyond it. A setting is changed by a launch. What the search
/// misses, because it is not old enough yet when it comes by, leaves at its expire date.
#[derive(Debug)]
pub(super) struct Aged {
    /// The last key that was looked at; `None` at the end of the table.
    after: Mutex<Option<String>>,
}

/// How many rows are looked at in one transaction: a longer one would keep the journal from beginning anew.
const PAGE: i64 = 1000;

impl Default for Aged {
    fn default() -> Self {
        Self { after: Mutex::new(Some(String::new())) }
    }
}

impl Aged {
    /// The next keys, up to `limit`, maybe none. `None`: there are no more.
    pub async fn next(&self, database: &Database, alive: Alive, limit: usize) -> Result<Option<Vec<String>>> {
        let Some(created_after) = alive.created_after.map(column) else { return Ok(None) };
        let Some(after) = self.after.lock().unwrap_or_else(PoisonError::into_inner).clone() else { return Ok(None) };
        let rows = database.read(move |conn| page(conn, &after)).await?;

        let mut found = Vec::new();
        let mut last = None;
        for (key, created_at) in &rows {
            if found.len() == limit {
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
