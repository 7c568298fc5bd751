//! The conditions of a search.
//!
//! SQLite and PostgreSQL walk through the index of the list if no other index seems better. So conditions that exclude few
//! rows are written as `NOT (…)`, for which SQLite uses no index. With the index of another column, it would read and sort
//! all rows for each page. A range of expire dates may use its index: it is for counting.

use diesel::dsl;
use diesel::prelude::*;
use time::macros::datetime;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::filter::{BEFORE_ALL, is_alive};
use super::row::column;
use crate::db::DbConnection;
use crate::record::Alive;
use crate::schema::sessions;
use crate::store::{Filter, Position};

pub(super) type Query<'a> = sessions::BoxedQuery<'a, <DbConnection as Connection>::Backend>;

/// The rows that match a filter, up to the end of the scan.
pub(super) fn matching<'a>(filter: &'a Filter, alive: Alive, scan_end: Option<&'a Position>) -> Query<'a> {
    let mut query = in_reach(filter, alive, scan_end);
    match filter.handle_prefix.as_deref() {
        // `g` comes after all hexadecimal digits.
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) => {
            query =
                query.filter(sessions::session_key.ge(digits)).filter(sessions::session_key.lt(format!("{digits}g")));
        }
        Some(_) => query = query.filter(sessions::session_key.eq("")), // no row
        None => {}
    }
    if let Some(owners) = &filter.owners {
        query = query.filter(sessions::owner.eq_any(owners));
    }
    query = match filter.signed_in {
        Some(true) => query.filter(sessions::owner.is_not_null()),
        Some(false) => query.filter(dsl::not(sessions::owner.is_not_null())),
        None => query,
    };
    query = match filter.alive {
        Some(true) => query.filter(dsl::not(sessions::expire_date.le(column(alive.now)))), // `in_reach` has the rest
        Some(false) => query.filter(dsl::not(is_alive(alive))),
        None => query,
    };
    if let Some(range) = &filter.expires {
        query = query.filter(sessions::expire_date.ge(in_range(range.start)));
        query = query.filter(sessions::expire_date.lt(in_range(range.end)));
    }
    query
}

/// The part of the list that the dates of creation, `after` and the end of the scan leave. It has at most one upper and one
/// lower limit for `created_at`: of two, SQLite uses only one to find the first or the last row in the index.
pub(super) fn in_reach<'a>(filter: &'a Filter, alive: Alive, scan_end: Option<&'a Position>) -> Query<'a> {
    let mut query = sessions::table.into_boxed();
    let range = filter.created.as_ref();
    query = match (&filter.after, range) {
        (Some(after), range) if range.is_none_or(|range| after.created_at < range.end) => {
            let created_at = in_range(after.created_at);
            // PostgreSQL uses no index for `created_at < x OR (created_at = x AND …)`.
            query
                .filter(sessions::created_at.le(created_at))
                .filter(sessions::created_at.ne(created_at).or(sessions::session_key.lt(after.handle.as_str())))
        }
        (_, Some(range)) => query.filter(sessions::created_at.lt(in_range(range.end))),
        (_, None) => query,
    };
    let created_after = alive.created_after.filter(|_| filter.alive == Some(true));
    match (scan_end, created_after, range) {
        // The scan kept to the other limits.
        (Some(end), _, _) => {
            let created_at = in_range(end.created_at);
            query
                .filter(sessions::created_at.ge(created_at))
                .filter(sessions::created_at.ne(created_at).or(sessions::session_key.ge(end.handle.as_str())))
        }
        (_, Some(after), range) if range.is_none_or(|range| range.start <= after) => {
            query.filter(sessions::created_at.gt(in_range(after)))
        }
        (_, _, Some(range)) => query.filter(sessions::created_at.ge(in_range(range.start))),
        (_, _, None) => query,
    }
}

/// Converts an instant that somebody asked for. The table has no dates beyond these.
fn in_range(instant: OffsetDateTime) -> PrimitiveDateTime {
    column(instant.clamp(BEFORE_ALL, datetime!(9999-12-31 23:59:59 UTC)))
}
