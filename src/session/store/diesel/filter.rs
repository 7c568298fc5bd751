//! Which rows.

use diesel::dsl;
use diesel::prelude::*;
use time::macros::datetime;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::row::column;
use crate::schema::sessions;
use crate::session::Handle;
use crate::session::record::Alive;

#[dsl::auto_type(no_type_alias)]
pub(super) fn is<'a>(handle: &'a Handle) -> _ {
    let key: &'a str = handle.as_str();
    sessions::session_key.eq(key)
}

/// The same statement with and without `absolute_age`, so that Diesel can keep it prepared.
#[dsl::auto_type(no_type_alias)]
pub(super) fn lives(alive: Alive) -> _ {
    let now: PrimitiveDateTime = column(alive.now);
    let created_after: PrimitiveDateTime = column(alive.created_after.unwrap_or(THE_BEGINNING));
    sessions::expire_date.gt(now).and(sessions::created_at.gt(created_after))
}

/// Before any session.
const THE_BEGINNING: OffsetDateTime = datetime!(0001-01-01 00:00:00 UTC);
