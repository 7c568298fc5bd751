use std::path::Path;

use diesel::prelude::*;

use super::config::Config;
use super::connection::DbConnection;
use super::engine::Engine;
use super::error::Error;
#[cfg(feature = "postgres")]
use super::postgres::{Mode, Pool};

/// A database that is connected. Clones share the connections.
///
/// ```
/// use diesel::prelude::*;
/// use rocket_diesel_sessions::MIGRATIONS;
/// use rocket_diesel_sessions::db::{Config, Database};
/// use rocket_diesel_sessions::schema::sessions::dsl::*;
///
/// # rocket::async_test(async {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("db.sqlite3");
/// # let path = path.to_str().unwrap();
/// let database = Database::connect(&Config::new(path))?;
/// database.migrate(&MIGRATIONS)?;
/// let deleted = database.write(|conn| diesel::delete(sessions.filter(owner.eq("ada"))).execute(conn)).await?;
/// let rows: i64 = database.read(|conn| sessions.count().get_result(conn)).await?;
/// assert_eq!((deleted, rows), (0, 0));
/// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Database {
    pub(super) engine: Engine,
}

impl Database {
    /// Opens the connections to a file, or one to a server. If there is no file, creates one that only its owner can read and
    /// write. Blocks its thread for as long as another program holds a lock, up to the `timeout`.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] if the database can't be opened, [`Error::Query`] if the file is not a database,
    /// [`Error::FileLost`] if somebody moves the file in the meantime, [`Error::Config`] if a number in `config` is not
    /// allowed.
    pub fn connect(config: &Config) -> Result<Self, Error> {
        config.check()?;
        Ok(Self { engine: Engine::connect(config)? })
    }

    /// Runs queries in a read transaction on one of several connections. All of them see the database as it is when the
    /// first one begins. They are run again if another program's lock was in the way, or if the connection was broken.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if all connections are in use for as long as the `timeout`, [`Error::Connect`] and
    /// [`Error::FileLost`] if no connection can be opened, [`Error::Query`] if a query fails.
    pub async fn read<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.pool.run(queries).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.pool.run(Mode::Read, queries).await,
        }
    }

    /// Looks up a row by its key. Like [`read`](Self::read), but without a transaction, and faster.
    pub(crate) async fn look_up<T, F>(&self, query: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.pool.look_up(query).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.pool.run(Mode::LookUp, query).await,
        }
    }

    /// Runs queries in a durable transaction. When this returns a value, the data is on the disk. When it returns an error,
    /// nothing has changed. There is one exception: if the connection to a server breaks during the commit, or the server
    /// does not answer the commit for twice the `timeout`, nobody can know.
    ///
    /// Transactions have the effect of one after the other, on SQLite because they run so, on PostgreSQL because they are
    /// serializable.
    ///
    /// The closure may run more than once, but only one run is committed: PostgreSQL refuses a transaction that meets
    /// another one, and on SQLite several closures share one transaction, in which another one may fail. A closure that
    /// fails or panics does not affect the others. On SQLite, a closure that takes long delays all other writes. Once it is
    /// accepted, it runs even if the future is dropped.
    ///
    /// Pass on each error of a query. After some errors, for example a full disk, SQLite ends the transaction. What the same
    /// closure writes after such an error would be kept although the answer is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if the queue is full, or all connections are in use, for as long as the `timeout`, or if a server does
    /// not answer the commit for twice as long; [`Error::Query`] if a query fails; [`Error::Transaction`] if the whole
    /// transaction fails, for example by a full disk, by another program's lock that lasts as long as the `timeout`, or by
    /// [`Error::FileLost`]; [`Error::Connect`] if the server can't be reached; [`Error::Stopped`] if the writing thread has
    /// failed.
    pub async fn write<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        match &self.engine {
            // The savepoint shows when SQLite has ended the transaction and the closure hides the error. The writes of
            // others would then be committed one by one.
            Engine::Sqlite(engine) => engine.writer.run(move |conn| conn.transaction(&queries)).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.pool.run(Mode::Write, queries).await,
        }
    }

    /// [`write`](Self::write) for closures that pass on each error, and that are right at PostgreSQL's default isolation
    /// level, *read committed*. They need no savepoint, for which SQLite copies pages.
    pub(crate) async fn change<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.writer.run(queries).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.pool.run(Mode::Change, queries).await,
        }
    }

    /// [`change`](Self::change) for closures whose statements are atomic each by itself. On PostgreSQL, they need no BEGIN
    /// and no COMMIT.
    pub(crate) async fn change_by_statements<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite(engine) => engine.writer.run(queries).await,
            #[cfg(feature = "postgres")]
            Engine::Postgres(engine) => engine.pool.run(Mode::Statements, queries).await,
        }
    }

    /// Copies a database file that may be in use into a new file that only its owner can read and write. Returns the size of
    /// the copy in bytes, when it is on the disk. Blocks its thread.
    ///
    /// The copy is the database of one moment, and has everything that was committed before. Other programs read and write
    /// in the meantime. The WAL grows by what they write until the copy is made.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// # let backup = folder.path().join("backup.sqlite3");
    /// use rocket_diesel_sessions::db::{Config, Database};
    ///
    /// let database = Database::connect(&Config::new(path.to_str().unwrap()))?;
    /// database.migrate(&rocket_diesel_sessions::MIGRATIONS)?;
    /// assert_eq!(database.back_up_to(&backup)?, backup.metadata().unwrap().len());
    /// assert!(database.back_up_to(&backup).is_err(), "a file that exists is not overwritten");
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Backup`] if the file exists, its folder is missing, or the database is a server's; [`Error::Query`] if the
    /// disk is full; [`Error::Connect`] and [`Error::FileLost`] if the database can't be opened. No file is left then.
    pub fn back_up_to(&self, file: &Path) -> Result<u64, Error> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.back_up_to(file),
            #[cfg(feature = "postgres")]
            Engine::Postgres(_) => Err(Error::Backup {
                file: file.display().to_string(),
                reason: "it is on a PostgreSQL server. Use `pg_dump`".into(),
            }),
        }
    }

    /// Returns the connections to a server for statements that find many rows by their keys, or `None` if the database is a
    /// file.
    #[cfg(feature = "postgres")]
    pub(crate) fn batch_pool(&self) -> Option<&std::sync::Arc<Pool>> {
        match &self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(engine) => Some(&engine.batch_pool),
        }
    }
}
