//! Statements for the sessions of many requests.

use std::collections::HashMap;

use diesel::connection::DefaultLoadingMode;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error as QueryError;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, HasSqlType, Nullable, Text, Timestamp};
use time::PrimitiveDateTime;

use super::row::{ReadRow, Row};
use crate::handle::Handle;
use crate::schema::sessions;

/// A record to save if it is still in the table as a request has seen it.
pub(super) struct Swap {
    pub key: String,
    pub seen: i64,
    pub now: PrimitiveDateTime,
    pub created_after: PrimitiveDateTime,
    pub data: String,
    pub expire_date: PrimitiveDateTime,
}

pub(super) fn look_up_all(conn: &mut PgConnection, handles: &[Handle]) -> QueryResult<Vec<Option<ReadRow>>> {
    let keys: Vec<&str> = handles.iter().map(Handle::as_str).collect();
    let mut found = HashMap::new();
    let rows = sessions::table
        .filter(sessions::session_key.eq_any(keys))
        .select((sessions::session_key, ReadRow::as_select()))
        .load_iter::<(String, ReadRow), DefaultLoadingMode>(conn)?;
    for row in rows {
        match row {
            Ok((key, row)) => drop(found.insert(key, row)),
            // For example the date 'infinity', which only a person can have written. The session is empty, as on SQLite.
            Err(QueryError::DeserializationError(error)) => rocket::warn!("a session's row can't be read: {error}"),
            Err(error) => return Err(error),
        }
    }
    Ok(handles.iter().map(|handle| found.get(handle.as_str()).cloned()).collect())
}

pub(super) fn insert_all(conn: &mut PgConnection, rows: &[Row]) -> QueryResult<Vec<()>> {
    let statement = InsertAll {
        session_key: rows.iter().map(|row| row.session_key.as_str()).collect(),
        session_data: rows.iter().map(|row| row.session_data.as_str()).collect(),
        expire_date: rows.iter().map(|row| row.expire_date).collect(),
        created_at: rows.iter().map(|row| row.created_at).collect(),
        version: rows.iter().map(|row| row.version).collect(),
        owner: rows.iter().map(|row| row.owner.as_deref()).collect(),
        expiry: rows.iter().map(|row| row.expiry.as_deref()).collect(),
    };
    statement.execute(conn)?;
    Ok(vec![(); rows.len()])
}

/// Inserts rows. Diesel's own statement for many rows has another text for each number of rows, so it is never prepared.
struct InsertAll<'a> {
    session_key: Vec<&'a str>,
    session_data: Vec<&'a str>,
    expire_date: Vec<PrimitiveDateTime>,
    created_at: Vec<PrimitiveDateTime>,
    version: Vec<i64>,
    owner: Vec<Option<&'a str>>,
    expiry: Vec<Option<&'a str>>,
}

impl QueryFragment<Pg> for InsertAll<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO sessions (session_key, session_data, expire_date, created_at, version, owner, expiry) \
             SELECT * FROM unnest(",
        );
        push_array::<Text, _>(&mut out, &self.session_key)?;
        push_array::<Text, _>(&mut out, &self.session_data)?;
        push_array::<Timestamp, _>(&mut out, &self.expire_date)?;
        push_array::<Timestamp, _>(&mut out, &self.created_at)?;
        push_array::<BigInt, _>(&mut out, &self.version)?;
        push_array::<Nullable<Text>, _>(&mut out, &self.owner)?;
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.expiry)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryId for InsertAll<'_> {
    type QueryId = InsertAll<'static>;
}

impl RunQueryDsl<PgConnection> for InsertAll<'_> {}

pub(super) fn swap_all(conn: &mut PgConnection, swaps: &[Swap]) -> QueryResult<Vec<bool>> {
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
        push_array::<Text, _>(&mut out, &self.keys)?;
        push_array::<BigInt, _>(&mut out, &self.seen)?;
        push_array::<Timestamp, _>(&mut out, &self.now)?;
        push_array::<Timestamp, _>(&mut out, &self.created_after)?;
        push_array::<Text, _>(&mut out, &self.data)?;
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

impl Query for SwapAll<'_> {
    type SqlType = BigInt;
}

impl QueryId for SwapAll<'_> {
    type QueryId = SwapAll<'static>;
}

impl RunQueryDsl<PgConnection> for SwapAll<'_> {}

/// Binds an array that another one follows.
fn push_array<'b, E: 'static, T>(out: &mut AstPass<'_, 'b, Pg>, array: &'b Vec<T>) -> QueryResult<()>
where
    Pg: HasSqlType<Array<E>>,
    Vec<T>: ToSql<Array<E>, Pg>,
{
    out.push_bind_param::<Array<E>, _>(array)?;
    out.push_sql(", ");
    Ok(())
}
