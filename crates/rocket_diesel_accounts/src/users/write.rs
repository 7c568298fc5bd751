use diesel::prelude::*;
use rocket_diesel_sessions::db::DbConnection;
use time::OffsetDateTime;

use super::name_key;
use super::user::{Flags, NewUser, User};
use crate::random::random_id;
use crate::schema::users;
use crate::timestamp::column;

/// Inserts a user. If the name is taken, this is a violation of the table's uniqueness.
pub(crate) fn insert(conn: &mut DbConnection, user: &NewUser) -> QueryResult<User> {
    diesel::insert_into(users::table).values(user).execute(conn)?;
    super::by_id(conn, &user.id)?.ok_or(diesel::NotFound)
}

/// Sets a password, if the user still has the credentials that were checked. Returns the new stamp, or `None` if another
/// request has changed the credentials first.
pub(crate) fn set_password(conn: &mut DbConnection, user: &User, hash: &str) -> QueryResult<Option<String>> {
    let stamp = random_id();
    let row = users::table.filter(users::id.eq(&user.id)).filter(users::stamp.eq(&user.stamp));
    let changes = (users::password_hash.eq(hash), users::stamp.eq(&stamp));
    let updated = diesel::update(row).set(changes).execute(conn)?;
    Ok((updated > 0).then_some(stamp))
}

/// Stores a hash of the same password with newer parameters. The stamp stays, so nobody is signed out.
pub(crate) fn upgrade_hash(conn: &mut DbConnection, user: &User, hash: &str) -> QueryResult<()> {
    let row = users::table.filter(users::id.eq(&user.id)).filter(users::password_hash.eq(&user.password_hash));
    diesel::update(row).set(users::password_hash.eq(hash)).execute(conn).map(drop)
}

pub(crate) fn set_last_login(conn: &mut DbConnection, id: &str, now: OffsetDateTime) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::last_login.eq(column(now))).execute(conn).map(drop)
}

/// Ends all sessions of a user, also those that are just beginning.
fn replace_stamp(conn: &mut DbConnection, id: &str) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::stamp.eq(random_id())).execute(conn).map(drop)
}

/// What became of an [`update`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Updated {
    Done,
    NotFound,
    /// Nobody could change users any more.
    LastSuperuser,
}

/// Changes the name and the flags of a user. A user who is deactivated, or was until now, gets a new stamp: sessions from
/// before don't come back. If the name is taken, this is a violation of the table's uniqueness.
pub(crate) fn update(conn: &mut DbConnection, id: &str, name: &str, flags: Flags) -> QueryResult<Updated> {
    let Some(before) = super::by_id(conn, id)? else { return Ok(Updated::NotFound) };
    let is_left = flags.is_superuser && flags.is_active && flags.is_staff;
    if !is_left && before.is_superuser() && before.is_active() && other_superusers(conn, id)? == 0 {
        return Ok(Updated::LastSuperuser);
    }
    let changes = (
        users::name.eq(name),
        users::name_key.eq(name_key(name)),
        users::is_staff.eq(i16::from(flags.is_staff)),
        users::is_superuser.eq(i16::from(flags.is_superuser)),
        users::is_active.eq(i16::from(flags.is_active)),
    );
    diesel::update(users::table.find(id)).set(changes).execute(conn)?;
    if before.is_active() != flags.is_active {
        replace_stamp(conn, id)?;
    }
    Ok(Updated::Done)
}

/// Returns how many other users can change users.
fn other_superusers(conn: &mut DbConnection, id: &str) -> QueryResult<i64> {
    users::table
        .filter(users::id.ne(id))
        .filter(users::is_superuser.ne(0))
        .filter(users::is_staff.ne(0))
        .filter(users::is_active.ne(0))
        .count()
        .get_result(conn)
}
