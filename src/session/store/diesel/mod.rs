//! Sessions in the table `sessions`, through Diesel.

mod aged;
mod filter;
mod instant;
mod prepared;
mod row;
mod swap;

use std::sync::Arc;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl;
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use rocket::async_trait;

use self::aged::Aged;
use self::filter::{is, lives};
use self::row::{Found, Row, column};
use self::swap::replace;
use super::{Store, Touch, Update};
use crate::db::{Database, DbConnection};
use crate::schema::sessions;
use crate::session::record::{Alive, Record};
use crate::session::{Handle, Result};

/// The engine `"db"`, the default: one row of the table `sessions` for each session.
///
/// The fairing makes it by itself. By hand it serves what runs without Rocket:
///
/// ```no_run
/// use rocket_diesel_sessions::DieselStore;
/// use rocket_diesel_sessions::db::{Config, Database};
///
/// # fn main() -> Result<(), rocket_diesel_sessions::db::Error> {
/// let store = DieselStore::new(Database::connect(&Config::new("db.sqlite3"))?);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct DieselStore {
    database: Database,
    aged: Arc<Aged>,
}

impl DieselStore {
    /// A store on the table `sessions` of `database`, which has to be migrated.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// use rocket_diesel_sessions::db::{Config, Database};
    /// use rocket_diesel_sessions::{DieselStore, Session};
    ///
    /// let database = Database::connect(&Config::new(path.to_str().unwrap()))?;
    /// database.migrate()?;
    /// let fairing = Session::fairing().store(DieselStore::new(database));
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(())
    /// ```
    pub fn new(database: Database) -> Self {
        Self { database, aged: Arc::default() }
    }
}

#[async_trait]
impl Store for DieselStore {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        Ok(self.database.look_up(|conn| select(conn, handle, alive)).await?)
    }

    async fn create(&self, handle: &Handle, record: &Record, in_place_of: Option<&Handle>) -> Result<()> {
        let row = Row::new(handle, record);
        let given_up = in_place_of.cloned();
        let job = move |conn: &mut DbConnection| {
            if let Some(handle) = &given_up {
                delete(conn, handle)?;
            }
            diesel::insert_into(sessions::table).values(&row).execute(conn)
        };
        self.database.change(job).await?;
        Ok(())
    }

    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        let (handle, update) = (handle.clone(), update.clone());
        self.database.change(move |conn| replace(conn, &handle, &update)).await?
    }

    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        let handle = handle.clone();
        let job = move |conn: &mut DbConnection| {
            let renewed = sessions::expire_date.eq(column(touch.to));
            let as_seen = is(&handle)
                .and(lives(touch.alive))
                .and(sessions::version.eq(touch.version))
                .and(sessions::expire_date.eq(column(touch.from)));
            prepared::update(renewed, as_seen).execute(conn)
        };
        Ok(self.database.change(job).await? > 0)
    }

    async fn delete(&self, handle: &Handle, owner: Option<&str>) -> Result<bool> {
        let (handle, owner) = (handle.clone(), owner.map(str::to_owned));
        let job = move |conn: &mut DbConnection| match &owner {
            Some(owner) => {
                diesel::delete(sessions::table).filter(is(&handle)).filter(sessions::owner.eq(owner)).execute(conn)
            }
            None => delete(conn, &handle),
        };
        Ok(self.database.change(job).await? > 0)
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize> {
        let owner = owner.to_owned();
        let except: Vec<String> = except.iter().map(Handle::to_string).collect();
        let job = move |conn: &mut DbConnection| {
            diesel::delete(sessions::table)
                .filter(sessions::owner.eq(&owner))
                .filter(sessions::session_key.ne_all(&except))
                .execute(conn)
        };
        Ok(self.database.change(job).await?)
    }

    async fn of_owner(&self, owner: &str, alive: Alive) -> Result<Vec<(Handle, Record)>> {
        let owner = owner.to_owned();
        let queries = move |conn: &mut DbConnection| {
            let rows = sessions::table
                .filter(sessions::owner.eq(&owner))
                .filter(lives(alive))
                .order((sessions::created_at.desc(), sessions::session_key.asc()))
                .select((sessions::session_key, Found::as_select()))
                .load_iter::<(String, Found), DefaultLoadingMode>(conn)?;
            let mut found = Vec::new();
            for row in rows {
                match row {
                    Ok((key, row)) => found.extend(Handle::parse(&key).zip(row.into_record())),
                    Err(QueryError::DeserializationError(_)) => {} // it hides no other
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        };
        Ok(self.database.read(queries).await?)
    }

    async fn count(&self, alive: Alive) -> Result<usize> {
        let queries =
            move |conn: &mut DbConnection| sessions::table.filter(lives(alive)).count().get_result::<i64>(conn);
        Ok(usize::try_from(self.database.read(queries).await?).unwrap_or(0))
    }

    /// The rows are looked for among the readers, so that the writer only deletes.
    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut expired = self.database.read(move |conn| expired(conn, alive, most)).await?;
        while expired.len() < limit
            && let Some(aged) = self.aged.next(&self.database, alive, limit - expired.len()).await?
        {
            expired.extend(aged);
        }
        if expired.is_empty() {
            return Ok(0);
        }
        let job = move |conn: &mut DbConnection| {
            diesel::delete(sessions::table)
                .filter(sessions::session_key.eq_any(&expired))
                .filter(dsl::not(lives(alive))) // one may have been renewed since
                .execute(conn)
        };
        Ok(self.database.change(job).await?)
    }
}

/// Up to `limit` keys of rows whose date has come, by the index.
fn expired(conn: &mut DbConnection, alive: Alive, limit: i64) -> QueryResult<Vec<String>> {
    sessions::table
        .select(sessions::session_key)
        .filter(sessions::expire_date.le(column(alive.now)))
        .order(sessions::expire_date)
        .limit(limit)
        .load(conn)
}

/// The living record, or none where somebody else has written what this library can't read.
fn select(conn: &mut DbConnection, handle: &Handle, alive: Alive) -> QueryResult<Option<Record>> {
    // Not `first`: its LIMIT is a bound value, and with one of those SQLite compiles the statement anew each time.
    let row = sessions::table.filter(is(handle)).select(Found::as_select()).get_result(conn);
    let record = match row {
        Ok(found) => found.into_record(),
        Err(QueryError::NotFound) => return Ok(None),
        Err(QueryError::DeserializationError(_)) => None, // a date that is none, a text that is not UTF-8
        Err(error) => return Err(error),
    };
    if record.is_none() {
        rocket::warn!("session {}: its row can't be read, so it is empty", handle.short());
    }
    // Here and not in SQL: to write two dates as text for it and compare them takes as long as to find the row.
    Ok(record.filter(|record| alive.includes(record)))
}

fn delete(conn: &mut DbConnection, handle: &Handle) -> QueryResult<usize> {
    diesel::delete(sessions::table).filter(is(handle)).execute(conn)
}
