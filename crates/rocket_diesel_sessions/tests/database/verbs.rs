use diesel::prelude::*;
use diesel::result::Error as QueryError;
use rocket_diesel_sessions::db::{Config, Database, Error, Synchronous};

use crate::test_database::{TestDatabase, row};

#[rocket::async_test]
async fn a_write_that_has_answered_is_seen_by_every_reader() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| row(conn, "one")).await.unwrap();
    assert_eq!(db.keys().await, ["one"]);
}

#[rocket::async_test]
async fn a_write_that_fails_leaves_nothing_behind() {
    let db = TestDatabase::migrated();
    let failed = db.database.write(|conn| row(conn, "one").and(Err::<(), _>(QueryError::RollbackTransaction))).await;
    assert!(matches!(failed, Err(Error::Query(QueryError::RollbackTransaction))));
    assert!(db.keys().await.is_empty());
}

#[rocket::async_test]
async fn a_read_can_not_write() {
    let db = TestDatabase::migrated();
    assert!(db.database.read(|conn| row(conn, "one")).await.is_err());
    assert!(db.keys().await.is_empty());
}

#[derive(QueryableByName)]
struct Pragma {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

async fn pragma(database: &Database, name: &str) -> String {
    let query = format!("SELECT CAST(\"{name}\" AS TEXT) AS value FROM pragma_{name}");
    let found: Pragma = database.write(move |conn| diesel::sql_query(&query).get_result(conn)).await.unwrap();
    found.value
}

#[rocket::async_test]
async fn a_write_is_durable_unless_told_otherwise_and_readers_do_not_wait_for_it() {
    let db = TestDatabase::migrated();
    assert_eq!(pragma(&db.database, "journal_mode").await, "wal");
    assert_eq!(pragma(&db.database, "synchronous").await, "2", "FULL");

    let mut config = Config::new(&db.url);
    config.synchronous = Synchronous::Normal;
    assert_eq!(pragma(&Database::connect(&config).unwrap(), "synchronous").await, "1", "NORMAL");
}

#[test]
fn reads_and_writes_work_on_a_runtime_of_one_thread_too() {
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let db = TestDatabase::migrated();
        db.database.write(|conn| row(conn, "one")).await.unwrap();
        assert_eq!(db.keys().await, ["one"]);
    });
}
