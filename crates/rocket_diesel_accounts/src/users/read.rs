use std::collections::HashMap;

use diesel::prelude::*;
use rocket_diesel_sessions::db::DbConnection;

use super::user::User;
use super::{has_nul, name_key};
use crate::schema::users;

pub(crate) fn by_id(conn: &mut DbConnection, id: &str) -> QueryResult<Option<User>> {
    if has_nul(id) {
        return Ok(None);
    }
    users::table.filter(users::id.eq(id)).select(User::as_select()).get_result(conn).optional()
}

pub(crate) fn by_name(conn: &mut DbConnection, name: &str) -> QueryResult<Option<User>> {
    users::table.filter(users::name_key.eq(name_key(name))).select(User::as_select()).get_result(conn).optional()
}

pub(crate) fn count(conn: &mut DbConnection) -> QueryResult<i64> {
    users::table.count().get_result(conn)
}

/// Returns up to `limit` users in the order of their names, from the first one at or after `from`.
pub(crate) fn list(conn: &mut DbConnection, from: &str, limit: i64) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::name_key.ge(name_key(from)))
        .order(users::name_key)
        .limit(limit)
        .select(User::as_select())
        .load(conn)
}

/// Returns up to `limit` users whose name contains `text`.
pub(crate) fn search(conn: &mut DbConnection, text: &str, limit: i64) -> QueryResult<Vec<User>> {
    let escaped: String =
        name_key(text).chars().flat_map(|c| "\\%_".contains(c).then_some('\\').into_iter().chain([c])).collect();
    users::table
        .filter(users::name_key.like(format!("%{escaped}%")).escape('\\'))
        .order(users::name_key)
        .limit(limit)
        .select(User::as_select())
        .load(conn)
}

/// Returns the names of the users with these ids.
pub(crate) fn names_of_ids(conn: &mut DbConnection, ids: &[String]) -> QueryResult<HashMap<String, String>> {
    let names = users::table.filter(users::id.eq_any(ids)).select((users::id, users::name));
    Ok(names.load(conn)?.into_iter().collect())
}
