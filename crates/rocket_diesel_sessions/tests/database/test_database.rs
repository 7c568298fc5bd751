use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rocket::figment::Figment;
use rocket::futures::future::BoxFuture;
use rocket_diesel_sessions::db::{Config, Database, DbConnection, Error};
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::{MIGRATIONS, Sessions};
use tempfile::TempDir;
use time::macros::datetime;

/// A database in a temporary folder of its own.
pub struct TestDatabase {
    pub database: Database,
    pub url: String,
    pub folder: TempDir,
}

impl TestDatabase {
    pub fn new() -> Self {
        Self::with_config(|config| config)
    }

    pub fn migrated() -> Self {
        Self::migrated_with(|config| config)
    }

    /// Sets the timeout, which is five seconds by default.
    pub fn migrated_with_timeout(timeout: Duration) -> Self {
        Self::migrated_with(|mut config| {
            config.timeout = timeout;
            config
        })
    }

    pub fn migrated_with(configure: impl FnOnce(Config) -> Config) -> Self {
        let db = Self::with_config(configure);
        db.database.migrate(&MIGRATIONS).unwrap();
        db
    }

    fn with_config(configure: impl FnOnce(Config) -> Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
        let config = configure(Config::new(&url));
        Self { database: Database::connect(&config).unwrap(), url, folder }
    }

    /// Opens a connection to the database as another program would.
    pub fn another_program(&self) -> DbConnection {
        another_program(&self.url)
    }

    /// Starts to insert a row. When this returns, the write is queued, and it can't finish before [`unlock`].
    pub fn start_insert(&self, key: &'static str) -> BoxFuture<'static, Result<(), Error>> {
        let database = self.database.clone();
        let mut write: BoxFuture<'static, _> =
            Box::pin(async move { database.write(move |conn| insert_row(conn, key)).await });
        let polled = pin!(&mut write).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        write
    }

    /// Reads the keys of all rows, in ascending order.
    pub async fn keys(&self) -> Vec<String> {
        let keys = |conn: &mut DbConnection| {
            sessions::table.select(sessions::session_key).order(1.into_sql::<diesel::sql_types::Integer>()).load(conn)
        };
        self.database.read(keys).await.unwrap()
    }
}

/// Checks whether the file at `url` passes SQLite's integrity check.
pub fn is_intact(url: &str) -> bool {
    #[derive(QueryableByName)]
    struct Check {
        #[diesel(sql_type = diesel::sql_types::Text)]
        integrity_check: String,
    }
    let checks: QueryResult<Vec<Check>> = diesel::sql_query("PRAGMA integrity_check").load(&mut another_program(url));
    checks.is_ok_and(|checks| checks.iter().all(|check| check.integrity_check == "ok"))
}

/// Reads the keys of all rows as another program would.
pub fn keys_in(url: &str) -> Vec<String> {
    sessions::table.select(sessions::session_key).load(&mut another_program(url)).unwrap()
}

/// Opens a connection to the file at `url` as another program would.
pub fn another_program(url: &str) -> DbConnection {
    DbConnection::establish(url).unwrap()
}

/// Deletes all rows that [`insert_row`] has inserted. This runs in another process, because SQLite coordinates the
/// connections of one process with each other.
pub fn clear_expired_in_another_process(url: &str) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "test_database::another_process_clears_expired_rows"])
        .env(URL_VARIABLE, url)
        .status()
        .unwrap();
    assert!(status.success());
}

const URL_VARIABLE: &str = "SESSIONS_TEST_CLEAR_EXPIRED";

#[rocket::async_test]
#[ignore = "another test starts it in a process of its own"]
async fn another_process_clears_expired_rows() {
    let Ok(url) = std::env::var(URL_VARIABLE) else { return };
    let figment = Figment::from(("databases.sessions.url", &url));
    Sessions::open(&figment).unwrap().clear_expired().await.unwrap();
    assert!(is_intact(&url));
}

pub fn lock(other: &mut DbConnection) {
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
}

pub fn unlock(other: &mut DbConnection) {
    other.batch_execute("ROLLBACK").unwrap();
}

/// Inserts a row that has expired. Fails if its key is taken.
pub fn insert_row(conn: &mut DbConnection, key: &str) -> QueryResult<()> {
    let now = datetime!(2026-01-01 00:00:00);
    diesel::insert_into(sessions::table)
        .values((
            sessions::session_key.eq(key),
            sessions::session_data.eq("{}"),
            sessions::expire_date.eq(now),
            sessions::created_at.eq(now),
            sessions::version.eq(1),
        ))
        .execute(conn)
        .map(drop)
}

/// Asserts that a write was refused because a file of the database was removed or replaced, as `what` says.
pub fn assert_file_lost(written: Result<(), Error>, what: &str) {
    let error = written.unwrap_err();
    let Error::Transaction(shared) = &error else { panic!("{error}") };
    assert!(matches!(&**shared, Error::FileLost { what: found, .. } if found.contains(what)), "{error}");
}
