use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rocket::figment::Figment;
use rocket::futures::future::BoxFuture;
use rocket_diesel_sessions::db::{Config, Database, Error};
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::{MIGRATIONS, Sessions};
use tempfile::TempDir;
use time::macros::datetime;

/// A database of its own.
pub struct TestDatabase {
    pub database: Database,
    pub url: String,
    pub folder: TempDir,
}

impl TestDatabase {
    pub fn new() -> Self {
        Self::with(|config| config)
    }

    pub fn migrated() -> Self {
        Self::migrated_with(|config| config)
    }

    /// Who waits, waits for so long and not for five seconds.
    pub fn migrated_with_timeout(timeout: Duration) -> Self {
        Self::migrated_with(|mut config| {
            config.timeout = timeout;
            config
        })
    }

    pub fn migrated_with(configure: impl FnOnce(Config) -> Config) -> Self {
        let db = Self::with(configure);
        db.database.migrate(&MIGRATIONS).unwrap();
        db
    }

    fn with(configure: impl FnOnce(Config) -> Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
        let config = configure(Config::new(&url));
        Self { database: Database::connect(&config).unwrap(), url, folder }
    }

    pub fn another_program(&self) -> SqliteConnection {
        another_program(&self.url)
    }

    /// The write of a row, under way: the writer has it, and waits for the lock that `locking` holds.
    pub fn begin(&self, key: &'static str) -> BoxFuture<'static, Result<(), Error>> {
        let database = self.database.clone();
        let mut write: BoxFuture<'static, _> =
            Box::pin(async move { database.write(move |conn| row(conn, key)).await });
        let polled = pin!(&mut write).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        write
    }

    pub async fn keys(&self) -> Vec<String> {
        let keys = |conn: &mut SqliteConnection| {
            sessions::table.select(sessions::session_key).order(1.into_sql::<diesel::sql_types::Integer>()).load(conn)
        };
        self.database.read(keys).await.unwrap()
    }
}

/// Whether the file at `url` is whole.
pub fn is_whole(url: &str) -> bool {
    #[derive(QueryableByName)]
    struct Check {
        #[diesel(sql_type = diesel::sql_types::Text)]
        integrity_check: String,
    }
    let checks: QueryResult<Vec<Check>> = diesel::sql_query("PRAGMA integrity_check").load(&mut another_program(url));
    checks.is_ok_and(|checks| checks.iter().all(|check| check.integrity_check == "ok"))
}

/// The keys of the rows in the file at `url`.
pub fn keys_in(url: &str) -> Vec<String> {
    sessions::table.select(sessions::session_key).load(&mut another_program(url)).unwrap()
}

pub fn another_program(url: &str) -> SqliteConnection {
    SqliteConnection::establish(url).unwrap()
}

/// Deletes all rows that [`row`] has inserted, in another process: two connections of one process know about each other.
pub fn clear_expired(url: &str) {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "test_database::another_process_clears_expired_rows"])
        .env(URL, url)
        .status()
        .unwrap();
    assert!(status.success());
}

const URL: &str = "SESSIONS_TEST_CLEAR_EXPIRED";

#[rocket::async_test]
#[ignore = "needs another test, which starts it as another process"]
async fn another_process_clears_expired_rows() {
    let Ok(url) = std::env::var(URL) else { return };
    let figment = Figment::from(("databases.sessions.url", url));
    Sessions::open(&figment).unwrap().clear_expired().await.unwrap();
}

pub fn lock(other: &mut SqliteConnection) {
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
}

pub fn unlock(other: &mut SqliteConnection) {
    other.batch_execute("ROLLBACK").unwrap();
}

/// Inserts a row, or finds its key taken.
pub fn row(conn: &mut SqliteConnection, key: &str) -> QueryResult<()> {
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

pub fn is_lost(written: Result<(), Error>, what: &str) {
    let error = written.unwrap_err();
    let Error::Transaction(shared) = &error else { panic!("{error}") };
    assert!(matches!(&**shared, Error::FileLost { what: found, .. } if found.contains(what)), "{error}");
}

/// A write that is refused by a batch which finds out what is wrong, and then is not.
pub async fn write_soon(database: &Database, key: &'static str) {
    for refusals in 0.. {
        match database.write(move |conn| row(conn, key)).await {
            Ok(()) => return,
            Err(error) => assert!(refusals < 2, "{error}"),
        }
    }
}
