//! What `read` and `write` promise, and what they say of a database in trouble.

use std::time::Duration;

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use rocket_diesel_sessions::db::{Config, Database, Error, Trouble};
use rocket_diesel_sessions::schema::sessions;
use tempfile::TempDir;
use time::macros::datetime;

struct House {
    database: Database,
    url: String,
    _folder: TempDir,
}

fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
    let database = Database::connect(&Config::new(&url)).unwrap();
    House { database, url, _folder: folder }
}

fn migrated_house() -> House {
    let house = house();
    house.database.migrate().unwrap();
    house
}

fn insert(conn: &mut SqliteConnection) -> QueryResult<usize> {
    let now = datetime!(2026-01-01 00:00:00);
    diesel::insert_into(sessions::table)
        .values((
            sessions::session_key.eq("key"),
            sessions::session_data.eq("{}"),
            sessions::expire_date.eq(now),
            sessions::created_at.eq(now),
            sessions::version.eq(1),
        ))
        .execute(conn)
}

async fn rows(database: &Database) -> i64 {
    database.read(|conn| sessions::table.count().get_result(conn)).await.unwrap()
}

#[rocket::async_test]
async fn a_write_that_has_answered_is_seen_by_every_reader() {
    let house = migrated_house();
    house.database.write(insert).await.unwrap();
    assert_eq!(rows(&house.database).await, 1);
}

#[rocket::async_test]
async fn a_write_that_fails_leaves_nothing_behind() {
    let house = migrated_house();
    let failed = house.database.write(|conn| insert(conn).and(Err::<(), _>(QueryError::RollbackTransaction))).await;
    assert!(matches!(failed, Err(Error::Query(QueryError::RollbackTransaction))));
    assert_eq!(rows(&house.database).await, 0);
}

#[rocket::async_test]
async fn a_read_can_not_write() {
    let house = migrated_house();
    assert!(house.database.read(insert).await.is_err());
    assert_eq!(rows(&house.database).await, 0);
}

#[rocket::async_test]
async fn a_write_is_durable_and_readers_do_not_wait_for_it() {
    #[derive(QueryableByName)]
    struct Pragma {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let house = migrated_house();
    for (pragma, value) in [("journal_mode", "wal"), ("synchronous", "2")] {
        let query = format!("SELECT CAST(\"{pragma}\" AS TEXT) AS value FROM pragma_{pragma}");
        let found: Pragma = house.database.write(move |conn| diesel::sql_query(&query).get_result(conn)).await.unwrap();
        assert_eq!(found.value, value, "{pragma}");
    }
}

#[rocket::async_test]
async fn a_database_that_another_program_locks_is_locked_for_writes_and_open_for_reads() {
    let mut house = migrated_house();
    let mut config = Config::new(&house.url);
    config.timeout = Duration::from_millis(500); // long enough for a busy machine to open a connection
    house.database = Database::connect(&config).unwrap();
    let mut other = SqliteConnection::establish(&house.url).unwrap();
    diesel::sql_query("BEGIN IMMEDIATE").execute(&mut other).unwrap();
    assert_eq!(house.database.write(insert).await.unwrap_err().trouble(), Trouble::Locked);
    assert_eq!(rows(&house.database).await, 0);
    diesel::sql_query("ROLLBACK").execute(&mut other).unwrap();
    house.database.write(insert).await.unwrap();
}

#[rocket::async_test]
async fn a_database_without_the_table_is_not_migrated() {
    let house = house();
    assert_eq!(house.database.write(insert).await.unwrap_err().trouble(), Trouble::NotMigrated);
    assert_eq!(house.database.pending_migrations().unwrap(), ["2026-11-23-000000_create_sessions"]);
}

#[test]
fn a_file_that_is_no_database_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.sqlite3");
    std::fs::write(&path, "no database at all, but long enough to have a header of 100 bytes".repeat(3)).unwrap();
    let error = Database::connect(&Config::new(path.to_str().unwrap())).err().unwrap();
    assert_eq!(error.trouble(), Trouble::Away);
    assert!(error.to_string().contains("db.sqlite3"), "{error}");
}

#[test]
fn reads_and_writes_work_on_a_runtime_of_one_thread_too() {
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let house = migrated_house();
        house.database.write(insert).await.unwrap();
        assert_eq!(rows(&house.database).await, 1);
    });
}

#[test]
fn requests_that_wait_for_the_writer_keep_no_thread_from_others() {
    let runtime = rocket::tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let mut house = migrated_house();
    let mut config = Config::new(&house.url);
    config.timeout = Duration::from_secs(2);
    house.database = Database::connect(&config).unwrap();
    let mut other = SqliteConnection::establish(&house.url).unwrap();
    diesel::sql_query("BEGIN IMMEDIATE").execute(&mut other).unwrap();
    runtime.block_on(async {
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let database = house.database.clone();
                rocket::tokio::spawn(async move { database.write(|conn| insert(conn).map(drop)).await })
            })
            .collect();
        for _ in 0..100 {
            rocket::tokio::spawn(async {}).await.unwrap();
        }
        assert!(!waiting.iter().any(|write| write.is_finished()), "another task had to wait until a write gave up");
        diesel::sql_query("ROLLBACK").execute(&mut other).unwrap();
        let mut written = 0;
        for write in waiting {
            written += usize::from(write.await.unwrap().is_ok());
        }
        assert_eq!(written, 1, "and the others found the key taken");
    });
}
