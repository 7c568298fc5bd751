use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::Error as QueryError;

use super::config::Config;
use super::connection::DbConnection;
use super::error::Error;
use super::file::DatabaseFile;
use super::readers::{QueryKind, Readers};
use super::sqlite;
use super::writer::Writer;

/// The connections to a database. Clones share them.
///
/// ```
/// use diesel::prelude::*;
/// use rocket_diesel_sessions::MIGRATIONS;
/// use rocket_diesel_sessions::db::{Config, Database};
/// use rocket_diesel_sessions::schema::sessions;
///
/// # rocket::async_test(async {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("db.sqlite3");
/// # let path = path.to_str().unwrap();
/// let database = Database::connect(&Config::new(path))?;
/// database.migrate(&MIGRATIONS)?;
/// let rows: i64 = database.read(|conn| sessions::table.count().get_result(conn)).await?;
/// assert_eq!(rows, 0);
/// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Database {
    pub(super) config: Config,
    pub(super) file: Arc<DatabaseFile>,
    readers: Arc<Readers>,
    writer: Arc<Writer>,
}

impl Database {
    /// Opens the connections, and creates the file if it is missing. Blocks the thread. If another program holds a
    /// lock, that may take as long as the `timeout`.
    ///
    /// # Errors
    ///
    /// - [`Error::Config`] if the `pool_size` or the `timeout` is out of range.
    /// - [`Error::Connect`] if the file can't be opened or created, or is not a database.
    /// - [`Error::Query`] if the first query fails.
    /// - [`Error::FileLost`] or [`Error::Busy`] if somebody moves or replaces the file in the meantime.
    pub fn connect(config: &Config) -> Result<Self, Error> {
        config.check()?;
        let path = sqlite::file_path(&mut sqlite::open(config)?)?;
        let opened = Config { url: sqlite::existing_file_uri(&path), ..config.clone() };
        let file = Arc::new(DatabaseFile::new(&path));
        let writer = Writer::start(&opened, file.clone())?;
        let readers = Readers::new(&opened, file.clone());
        Ok(Self { config: opened, file, readers: Arc::new(readers), writer: Arc::new(writer) })
    }

    /// Runs queries on a connection that can't write. If another program's lock is in the way, runs them again.
    ///
    /// # Errors
    ///
    /// - [`Error::Busy`] if no connection is free within the `timeout`, or the file is being reopened for that long.
    /// - [`Error::Query`] with the error of the queries, or if another program's lock stays for longer than the
    ///   `timeout`.
    /// - [`Error::Connect`] or [`Error::FileLost`] if a connection has to be opened and can't be.
    pub async fn read<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        self.query(QueryKind::Any, queries).await
    }

    /// Like [`read`](Self::read), for queries that look up one row by its key. They don't wait for a free connection.
    pub(crate) async fn look_up<T, F>(&self, queries: F) -> Result<T, Error>
    where
        F: Fn(&mut DbConnection) -> QueryResult<T>,
    {
        self.query(QueryKind::Lookup, queries).await
    }

    async fn query<T, F>(&self, kind: QueryKind, queries: F) -> Result<T, Error>
    where
        F: Fn(&mut DbConnection) -> QueryResult<T>,
    {
        let result = self.readers.run(kind, queries).await;
        let must_reopen = match &result {
            Err(Error::Query(QueryError::DatabaseError(..)) | Error::Connect { .. }) => self.file.must_reopen(),
            _ => self.file.must_reopen_rate_limited(),
        };
        if must_reopen {
            self.writer.check_file();
        }
        result
    }

    /// Runs queries in a transaction. When this returns `Ok`, the data is on the disk (with
    /// [`Synchronous::Full`](super::Synchronous::Full)). After an error, nothing of it was committed.
    ///
    /// Writes that come at the same time share one transaction, so that all of them wait for the disk once. If a
    /// closure fails or panics, the other writes of the transaction are committed all the same. If it takes long, all
    /// of them wait for it. A closure may run more than once, but only the changes of one run are committed. Once it is
    /// in the queue, it runs even if the future is dropped.
    ///
    /// The closure must return each error of its queries. For some errors, for example if the disk is full, SQLite ends
    /// the transaction. What the closure writes after such an error is committed at once, although the write returns an
    /// error.
    ///
    /// ```
    /// # rocket::async_test(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// # let url = path.to_str().unwrap();
    /// # use rocket_diesel_sessions::db::{Config, Database};
    /// use diesel::prelude::*;
    /// use rocket_diesel_sessions::schema::sessions::dsl::*;
    ///
    /// # let database = Database::connect(&Config::new(url))?;
    /// # database.migrate(&rocket_diesel_sessions::MIGRATIONS)?;
    /// let deleted = database.write(|conn| diesel::delete(sessions.filter(owner.eq("ada"))).execute(conn)).await?;
    /// assert_eq!(deleted, 0);
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Busy`] if the queue is full for as long as the `timeout`.
    /// - [`Error::Query`] with the error of the queries.
    /// - [`Error::Transaction`] if the whole transaction fails: the disk is full, another program's lock stays for
    ///   longer than the `timeout`, or the file is lost ([`Error::FileLost`]).
    /// - [`Error::Stopped`] if the thread that writes has failed. If an instrumentation panicked after the commit, the
    ///   changes are saved all the same.
    pub async fn write<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        // If a closure hides that SQLite has ended the transaction, its savepoint shows it. Otherwise the other writes
        // would be committed one by one.
        self.change(move |conn| conn.transaction(&queries)).await
    }

    /// Like [`write`](Self::write), for closures that return each error. They need no savepoint, for which SQLite would
    /// copy pages.
    pub(crate) async fn change<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        self.writer.run(queries).await
    }
}
