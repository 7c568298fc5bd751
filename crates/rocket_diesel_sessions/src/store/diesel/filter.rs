//! Conditions for rows.

use diesel::dsl;
use diesel::prelude::*;
use time::macros::datetime;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::row::column;
use crate::handle::Handle;
use crate::record::Alive;
use crate::schema::sessions;

/// The row of this handle.
#[dsl::auto_type(no_type_alias)]
pub(super) fn has_handle<'a>(handle: &'a Handle) -> _ {
    let key: &'a str = handle.as_str();
    sessions::session_key.eq(key)
}

/// Rows that are alive.
///
/// The statement is the same with and without `absolute_age`, so that Diesel can cache it.
#[dsl::auto_type(no_type_alias)]
pub(super) fn is_alive(alive: Alive) -> _ {
    let now: PrimitiveDateTime = column(alive.now);
    let created_after: PrimitiveDateTime = column(alive.created_after.unwrap_or(BEFORE_ALL));
    sessions::expire_date.gt(now).and(sessions::created_at.gt(created_after))
}

/// An instant before any session.
pub(super) const BEFORE_ALL: OffsetDateTime = datetime!(0001-01-01 00:00:00 UTC);
