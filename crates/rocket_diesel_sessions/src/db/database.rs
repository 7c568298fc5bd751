use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::Error as QueryError;

use super::config::Config;
use super::connection::DbConnection;
use super::error::Error;
use super::file::DatabaseFile;
use super::readers::{Length, Readers};
use super::sqlite;
use super::writer::Writer;

/// A database that is connected. Clones share the connections.
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
    /// Opens the connections. The file is made where there is none. It blocks its thread, for as long as the `timeout`
    /// where another program has a lock.
    ///
    /// ```
    /// # rocket::async_test(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// # let url = path.to_str().unwrap();
    /// use rocket_diesel_sessions::db::{Config, Database};
    ///
    /// let database = Database::connect(&Config::new(url))?;
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] where the database can't be opened, [`Error::Query`] where it is none; [`Error::FileLost`]
    /// and [`Error::Busy`] where somebody moves the file meanwhile; [`Error::Config`] where the `timeout` is shorter than
    /// a millisecond or longer than 1000 seconds, or the `pool_size` is not between 1 and 1000.
    pub fn connect(config: &Config) -> Result<Self, Error> {
        config.check()?;
        let path = sqlite::path(&mut sqlite::open(config)?)?;
        let opened = Config { url: sqlite::existing(&path), ..config.clone() };
        let file = Arc::new(DatabaseFile::new(&path));
        let writer = Writer::start(&opened, file.clone())?;
        let readers = Readers::new(&opened, file.clone());
        Ok(Self { config: opened, file, readers: Arc::new(readers), writer: Arc::new(writer) })
    }

    /// Runs queries on one of the reading connections. They are run again where another program's lock was in the way.
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
    /// let signed_in: i64 = database.read(|conn| sessions.filter(owner.is_not_null()).count().get_result(conn)).await?;
    /// assert_eq!(signed_in, 0);
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where it is not its turn within the `timeout`, [`Error::Connect`] and [`Error::FileLost`] where
    /// no connection can be opened, [`Error::Query`] what the queries answer.
    pub async fn read<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        self.query(Length::Any, queries).await
    }

    /// [`read`](Self::read) for queries that look up a row by its key.
    pub(crate) async fn look_up<T, F>(&self, queries: F) -> Result<T, Error>
    where
        F: Fn(&mut DbConnection) -> QueryResult<T>,
    {
        self.query(Length::Brief, queries).await
    }

    async fn query<T, F>(&self, length: Length, queries: F) -> Result<T, Error>
    where
        F: Fn(&mut DbConnection) -> QueryResult<T>,
    {
        let answer = self.readers.run(length, queries).await;
        let lost = match &answer {
            Err(Error::Query(QueryError::DatabaseError(..)) | Error::Connect { .. }) => self.file.is_lost(),
            _ => self.file.notices_loss(),
        };
        if lost {
            self.writer.wake();
        }
        answer
    }

    /// Runs queries in a transaction. When it has answered, the disk has them; when it fails, nothing has happened.
    ///
    /// The transaction is shared with what others write at the same moment, so that all wait for the disk once. A
    /// closure that fails or panics takes none of them with it; one that takes long keeps all of them waiting. It may
    /// be run more than once, as long as no run before was committed. Once accepted, it is run even if the future is
    /// dropped.
    ///
    /// Let it hand on each error of its queries. SQLite ends the transaction for some, a full disk for example: what
    /// the same closure writes after that has none, and stays although the answer is an error.
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
    /// [`Error::Busy`] where the queue is full for as long as the `timeout`, [`Error::Query`] what the queries answer,
    /// [`Error::Transaction`] what befell the whole transaction: a full disk, another program's lock for as long as the
    /// `timeout`, [`Error::FileLost`]; [`Error::Stopped`] where the thread that writes has failed.
    pub async fn write<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        // Its savepoint tells when SQLite has ended the transaction and the closure does not say so: what the others
        // write then would be committed on its own.
        self.change(move |conn| conn.transaction(&queries)).await
    }

    /// [`write`](Self::write) for queries that hand on each error. They need no savepoint, for which SQLite copies
    /// pages.
    pub(crate) async fn change<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        self.writer.run(queries).await
    }
}
