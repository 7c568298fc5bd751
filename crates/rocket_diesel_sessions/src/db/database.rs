use std::sync::Arc;

use diesel::prelude::*;

use super::config::Config;
use super::connection::DbConnection;
use super::error::Error;
use super::file::{DatabaseFile, create_private};
use super::pool::Pool;
use super::sqlite;
use super::url;
use super::writer::Writer;

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
    pub(super) config: Config,
    pub(super) file: Arc<DatabaseFile>,
    pool: Arc<Pool>,
    writer: Arc<Writer>,
}

impl Database {
    /// Opens the connections. If there is no file, creates one that only its owner can read and write. Blocks its thread for
    /// as long as another program holds a lock, up to the `timeout`.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] if the database can't be opened, [`Error::Query`] if the file is not a database,
    /// [`Error::FileLost`] if somebody moves the file in the meantime, [`Error::Config`] if a number in `config` is not
    /// allowed.
    pub fn connect(config: &Config) -> Result<Self, Error> {
        config.check()?;
        if config.is_missing() && url::may_create(&config.url) {
            create_private(&config.path());
        }
        sqlite::open(config, &DatabaseFile::new(&config.path()))?; // makes the file
        let (path, url) = url::existing_file(&config.url)?;
        let config = Config { url, ..config.clone() };
        let file = Arc::new(DatabaseFile::new(&path));
        let pool = Arc::new(Pool::new(&config, file.clone()));
        let writer = Arc::new(Writer::start(&config, file.clone(), pool.clone())?);
        pool.open_all()?;
        Ok(Self { config, file, pool, writer })
    }

    /// Runs queries in a read transaction on one of the reading connections. They are run again if another program's lock
    /// was in the way.
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
        self.pool.run(queries).await
    }

    /// Looks up a row by its key. Like [`read`](Self::read), but without a transaction, and faster.
    pub(crate) async fn look_up<T, F>(&self, query: F) -> Result<T, Error>
    where
        F: Fn(&mut DbConnection) -> QueryResult<T>,
    {
        self.pool.look_up(query).await
    }

    /// Runs queries in a durable transaction. When this returns a value, the data is on the disk. When it returns an error,
    /// nothing has changed.
    ///
    /// The transaction is shared with other writes of the same moment, so that all of them wait for the disk once. A closure
    /// that fails or panics does not affect the others. A closure that takes long delays them. A closure may run more than
    /// once, but only one run is committed. Once the writer has accepted it, it runs even if the future is dropped.
    ///
    /// Pass on each error of a query. SQLite ends the transaction for some errors, for example a full disk. What the same
    /// closure writes after such an error would be kept although the answer is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if the queue is full for as long as the `timeout`; [`Error::Query`] if a query fails;
    /// [`Error::Transaction`] if the whole transaction fails, for example by a full disk, by another program's lock that
    /// lasts as long as the `timeout`, or by [`Error::FileLost`]; [`Error::Stopped`] if the writing thread has failed.
    pub async fn write<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        // The savepoint shows when SQLite has ended the transaction and the closure hides the error. The writes of others
        // would then be committed one by one.
        self.change(move |conn| conn.transaction(&queries)).await
    }

    /// [`write`](Self::write) for closures that pass on each error. They need no savepoint, for which SQLite copies pages.
    pub(crate) async fn change<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        self.writer.run(queries).await
    }
}
