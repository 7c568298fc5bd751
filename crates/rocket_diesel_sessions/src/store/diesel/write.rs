//! Statements that write.

use diesel::prelude::*;
use time::OffsetDateTime;

use super::filter::{has_handle, is_alive};
use super::prepared_update::prepared_update;
use super::read;
use super::replaced;
use super::row::{Row, column};
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::record::Record;
use crate::schema::sessions;
use crate::store::{Touch, Update};

pub(super) fn insert(conn: &mut DbConnection, row: &Row) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(row).execute(conn).map(drop)
}

/// Inserts a row in place of that of another session.
pub(super) fn replace(conn: &mut DbConnection, old: &Handle, row: &Row, now: OffsetDateTime) -> QueryResult<()> {
    if let Some(old) = delete(conn, old, now)? {
        replaced::insert(conn, &old, &row.session_key, now)?;
    }
    insert(conn, row)
}

/// Saves a request's changes by compare-and-swap: to the record that it loaded, or to a newer one if another request has
/// saved since. The inner result says what was refused. The transaction has succeeded then, and has written nothing.
pub(super) fn update(conn: &mut DbConnection, handle: &Handle, update: &Update) -> QueryResult<Result<Record>> {
    /// On SQLite the second try succeeds, because the transaction keeps other writers out. On another database, each try
    /// that is lost is another request's success.
    const TRIES: usize = 64;

    let mut newer = None;
    for _ in 0..TRIES {
        let seen = newer.as_ref().unwrap_or(update.loaded());
        let next = match update.apply(seen) {
            Ok(next) => next,
            Err(refused) => return Ok(Err(refused)),
        };
        if swap(conn, handle, update, seen, &next)? {
            if let Some(new) = update.new_handle() {
                replaced::insert(conn, handle.as_str(), new.as_str(), update.now)?;
            }
            return Ok(Ok(next));
        }
        newer = read::load(conn, handle, update.alive())?;
        if newer.is_none() {
            return Ok(Err(Error::Interrupted));
        }
    }
    Ok(Err(Error::store(OutOfTries)))
}

/// Replaces `seen` by `next`, if `seen` is still in the table. Returns whether it was.
fn swap(conn: &mut DbConnection, handle: &Handle, update: &Update, seen: &Record, next: &Record) -> QueryResult<bool> {
    let as_seen = has_handle(handle).and(is_alive(update.alive())).and(sessions::version.eq(seen.version));
    let updated = match update.new_handle() {
        // This is nearly always so. The indexes of keys and owners are not written then.
        None if next.keeps_owner_and_expiry(seen) => {
            let data = sessions::session_data.eq(next.encode_data());
            let expire_date = sessions::expire_date.eq(column(next.expire_date));
            prepared_update((data, expire_date, sessions::version.eq(next.version)), as_seen).execute(conn)?
        }
        new_handle => {
            let row = Row::new(new_handle.unwrap_or(handle), next);
            prepared_update((sessions::session_key.eq(&row.session_key), &row), as_seen).execute(conn)?
        }
    };
    Ok(updated > 0)
}

#[derive(Debug, thiserror::Error)]
#[error("other requests saved the session again and again while this one tried to")]
struct OutOfTries;

pub(super) fn touch(conn: &mut DbConnection, handle: &Handle, touch: Touch) -> QueryResult<bool> {
    let as_seen = has_handle(handle)
        .and(is_alive(touch.alive))
        .and(sessions::version.eq(touch.version))
        .and(sessions::expire_date.eq(column(touch.from)));
    let renewed = prepared_update(sessions::expire_date.eq(column(touch.to)), as_seen).execute(conn)?;
    Ok(renewed > 0)
}

/// Deletes the row of a session under the newest of its handles, and returns that handle. Only one statement has an effect.
pub(super) fn delete(conn: &mut DbConnection, handle: &Handle, now: OffsetDateTime) -> QueryResult<Option<String>> {
    let mut key = Some(handle.to_string());
    while let Some(handle) = &key
        && diesel::delete(sessions::table.find(handle)).execute(conn)? == 0
    {
        key = replaced::next(conn, handle, now)?;
    }
    Ok(key)
}

pub(super) fn delete_owned(conn: &mut DbConnection, handle: &Handle, owner: &str) -> QueryResult<bool> {
    let row = diesel::delete(sessions::table).filter(has_handle(handle)).filter(sessions::owner.eq(owner));
    Ok(row.execute(conn)? > 0)
}

pub(super) fn delete_of_owner(
    conn: &mut DbConnection,
    owner: &str,
    except: &[String],
    limit: usize,
) -> QueryResult<usize> {
    let rows = sessions::table
        .select(sessions::session_key)
        .filter(sessions::owner.eq(owner))
        .filter(sessions::session_key.ne_all(except))
        .order(sessions::session_key)
        .limit(read::limit(limit));
    // A session that gets a new key at this moment is found under that key, because the lock waits for it.
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(postgres) = conn {
        let keys: Vec<String> = rows.for_update().load(postgres)?;
        return delete_locked(conn, &keys);
    }
    let keys: Vec<String> = rows.load(conn)?;
    delete_locked(conn, &keys)
}

pub(super) fn delete_all(conn: &mut DbConnection, keys: &[String]) -> QueryResult<usize> {
    lock(conn, keys)?;
    delete_locked(conn, keys)
}

fn delete_locked(conn: &mut DbConnection, keys: &[String]) -> QueryResult<usize> {
    diesel::delete(sessions::table).filter(sessions::session_key.eq_any(keys)).execute(conn)
}

/// Locks rows in the order of their keys. Two transactions that lock several rows can't wait for each other then. On SQLite,
/// a transaction has the whole database.
fn lock(conn: &mut DbConnection, keys: &[String]) -> QueryResult<()> {
    #[cfg(feature = "postgres")]
    if let DbConnection::Postgres(conn) = conn {
        let rows = sessions::table.select(sessions::session_key).filter(sessions::session_key.eq_any(keys));
        return rows.order(sessions::session_key).for_update().execute(conn).map(drop);
    }
    let _ = (conn, keys);
    Ok(())
}
