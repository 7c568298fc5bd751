//! The compare-and-swap: why two requests at the same time lose nothing.

use diesel::prelude::*;

use super::filter::{is, lives};
use super::row::{Row, column};
use super::{prepared, select};
use crate::db::DbConnection;
use crate::schema::sessions;
use crate::session::store::Update;
use crate::session::{Error, Handle, Record, Result};

/// Saves a request's changes to the record that it loaded, or to a newer one where another request has saved meanwhile.
/// What is refused is the inner result: the transaction itself went well, and wrote nothing.
pub(super) fn replace(conn: &mut DbConnection, handle: &Handle, update: &Update) -> QueryResult<Result<Record>> {
    /// On SQLite the second try succeeds, because the transaction keeps other writers out. Elsewhere each lost try is
    /// another request's success.
    const TRIES: usize = 64;

    let mut newer = None;
    for _ in 0..TRIES {
        let seen = newer.as_ref().unwrap_or(update.loaded());
        let next = match update.apply(seen) {
            Ok(next) => next,
            Err(refused) => return Ok(Err(refused)),
        };
        if swap(conn, handle, update, seen, &next)? {
            return Ok(Ok(next));
        }
        newer = select(conn, handle, update.alive())?;
        if newer.is_none() {
            return Ok(Err(Error::Interrupted));
        }
    }
    Ok(Err(Error::store(OutOfTries)))
}

/// Puts `next` into the place of `seen`, if that is what is there.
fn swap(conn: &mut DbConnection, handle: &Handle, update: &Update, seen: &Record, next: &Record) -> QueryResult<bool> {
    let as_seen = is(handle).and(lives(update.alive())).and(sessions::version.eq(seen.version));
    let updated = match update.new_handle() {
        // As nearly always. The indexes of keys and owners need no writing then.
        None if next.keeps_owner_and_expiry(seen) => {
            let data = sessions::session_data.eq(next.encode_data());
            let expire_date = sessions::expire_date.eq(column(next.expire_date));
            prepared::update((data, expire_date, sessions::version.eq(next.version)), as_seen).execute(conn)?
        }
        new_handle => {
            let row = Row::new(new_handle.unwrap_or(handle), next);
            prepared::update((sessions::session_key.eq(&row.session_key), &row), as_seen).execute(conn)?
        }
    };
    Ok(updated > 0)
}

#[derive(Debug, thiserror::Error)]
#[error("other requests saved the session again and again while this one tried to")]
struct OutOfTries;
