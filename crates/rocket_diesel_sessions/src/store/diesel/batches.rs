//! Statements for the sessions of many requests. PostgreSQL takes about as long for one session as for ten.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Text, Timestamp};
use time::PrimitiveDateTime;

use super::filter::BEFORE_ALL;
use super::row::{ReadRow, column};
use crate::db::{self, Batcher, Mode, Pool};
use crate::handle::Handle;
use crate::record::Record;
use crate::schema::sessions;
use crate::store::Update;

/// How many lookups, and how many changes, are on their way to the server at the same time. With more, each has fewer
/// sessions, and costs as much.
const THREADS: usize = 2;

/// The requests that wait for the same statement.
pub(super) struct Batches {
    lookups: Batcher<Handle, Option<ReadRow>>,
    swaps: Batcher<Swap, bool>,
}

/// A record to save if it is still in the table as a request has seen it.
struct Swap {
    key: String,
    seen: i64,
    now: PrimitiveDateTime,
    created_after: PrimitiveDateTime,
    data: String,
    expire_date: PrimitiveDateTime,
}

impl Batches {
    pub fn start(pool: &Arc<Pool>) -> Self {
        Self {
            lookups: Batcher::start(pool, Mode::LookUp, THREADS, look_up_all),
            swaps: Batcher::start(pool, Mode::Statements, THREADS, swap_all),
        }
    }

    /// Returns the row of a session.
    pub async fn load(&self, handle: &Handle) -> Result<Option<ReadRow>, db::Error> {
        self.lookups.ask(handle.clone()).await
    }

    /// Replaces the record that a request has loaded by `next`, with the same owner and expiry. Returns false if it was
    /// not in the table any more, or if another request was saving it at that moment.
    pub async fn swap(&self, handle: &Handle, update: &Update, next: &Record) -> Result<bool, db::Error> {
        let alive = update.alive();
        let swap = Swap {
            key: handle.to_string(),
            seen: update.loaded().version,
            now: column(alive.now),
            created_after: column(alive.created_after.unwrap_or(BEFORE_ALL)),
            data: next.encode_data(),
            expire_date: column(next.expire_date),
        };
        self.swaps.ask(swap).await
    }
}

fn look_up_all(conn: &mut PgConnection, handles: &[Handle]) -> QueryResult<Vec<Option<ReadRow>>> {
    let keys: Vec<&str> = handles.iter().map(Handle::as_str).collect();
    let rows: HashMap<String, ReadRow> = sessions::table
        .filter(sessions::session_key.eq_any(keys))
        .select((sessions::session_key, ReadRow::as_select()))
        .load(conn)?
        .into_iter()
        .collect();
    Ok(handles.iter().map(|handle| rows.get(handle.as_str()).cloned()).collect())
}

fn swap_all(conn: &mut PgConnection, swaps: &[Swap]) -> QueryResult<Vec<bool>> {
    let statement = SwapAll {
        keys: swaps.iter().map(|swap| swap.key.as_str()).collect(),
        seen: swaps.iter().map(|swap| swap.seen).collect(),
        now: swaps.iter().map(|swap| swap.now).collect(),
        created_after: swaps.iter().map(|swap| swap.created_after).collect(),
        data: swaps.iter().map(|swap| swap.data.as_str()).collect(),
        expire_date: swaps.iter().map(|swap| swap.expire_date).collect(),
    };
    let mut saved = vec![false; swaps.len()];
    for number in statement.load::<i64>(conn)? {
        saved[number as usize - 1] = true;
    }
    Ok(saved)
}

/// Saves those records that are still as they were seen, and returns their numbers, from 1.
///
/// It takes only rows that nobody else has locked. So it waits for nobody, and can't be part of a deadlock, in whatever
/// order it takes them.
struct SwapAll<'a> {
    keys: Vec<&'a str>,
    seen: Vec<i64>,
    now: Vec<PrimitiveDateTime>,
    created_after: Vec<PrimitiveDateTime>,
    data: Vec<&'a str>,
    expire_date: Vec<PrimitiveDateTime>,
}

impl QueryFragment<Pg> for SwapAll<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH free AS MATERIALIZED (SELECT new.* FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.seen)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamp>, _>(&self.now)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamp>, _>(&self.created_after)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.data)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamp>, _>(&self.expire_date)?;
        out.push_sql(
            ") WITH ORDINALITY AS new (key, seen, now, created_after, data, expire_date, number) \
             JOIN sessions ON session_key = key AND version = seen \
             AND sessions.expire_date > now AND created_at > created_after \
             FOR NO KEY UPDATE OF sessions SKIP LOCKED) \
             UPDATE sessions SET session_data = free.data, expire_date = free.expire_date, version = free.seen + 1 \
             FROM free WHERE session_key = key AND version = seen RETURNING number",
        );
        Ok(())
    }
}

/// The cache finds the statement by its text.
impl QueryId for SwapAll<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for SwapAll<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for SwapAll<'_> {}
