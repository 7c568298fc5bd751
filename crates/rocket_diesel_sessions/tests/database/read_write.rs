use std::panic::AssertUnwindSafe;

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use rocket::futures::FutureExt;
use rocket_diesel_sessions::db::{Config, Database, DbConnection, Error, Synchronous};
use rocket_diesel_sessions::schema::sessions;

use crate::test_database::{TestDatabase, insert_row};

#[rocket::async_test]
async fn every_reader_sees_a_completed_write() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "one")).await.unwrap();
    assert_eq!(db.keys().await, ["one"]);
}

#[rocket::async_test]
async fn a_failed_write_is_rolled_back() {
    let db = TestDatabase::migrated();
    let failed =
        db.database.write(|conn| insert_row(conn, "one").and(Err::<(), _>(QueryError::RollbackTransaction))).await;
    assert!(matches!(failed, Err(Error::Query(QueryError::RollbackTransaction))));
    assert!(db.keys().await.is_empty());
}

#[rocket::async_test]
async fn a_read_can_not_change_the_database() {
    let db = TestDatabase::migrated();
    assert!(db.database.read(|conn| insert_row(conn, "one")).await.is_err());
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
async fn the_database_is_in_wal_mode_and_commits_are_durable_by_default() {
    let db = TestDatabase::migrated();
    assert_eq!(pragma(&db.database, "journal_mode").await, "wal");
    assert_eq!(pragma(&db.database, "synchronous").await, "2", "FULL");

    let mut config = Config::new(&db.url);
    config.synchronous = Synchronous::Normal;
    assert_eq!(pragma(&Database::connect(&config).unwrap(), "synchronous").await, "1", "NORMAL");
}

#[test]
fn reads_and_writes_work_on_a_runtime_with_one_thread() {
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let db = TestDatabase::migrated();
        db.database.write(|conn| insert_row(conn, "one")).await.unwrap();
        assert_eq!(db.keys().await, ["one"]);
    });
}

#[rocket::async_test]
async fn a_read_that_fails_panics_or_controls_its_transaction_does_not_affect_later_reads() {
    let db = TestDatabase::migrated();
    let mut rows = 0;
    type Control = fn(&mut DbConnection) -> QueryResult<()>;
    let controls: [(&str, Control); 4] = [
        ("BEGIN", |conn| conn.batch_execute("BEGIN")),
        ("COMMIT", |conn| conn.batch_execute("COMMIT")),
        ("COMMIT and BEGIN", |conn| conn.batch_execute("COMMIT; BEGIN")),
        ("Diesel's begin_transaction", <DbConnection as Connection>::TransactionManager::begin_transaction),
    ];
    for (name, control) in controls {
        let control = move |conn: &mut DbConnection| {
            let _ = control(conn);
            sessions::table.count().get_result::<i64>(conn)
        };
        let fail = move |conn: &mut DbConnection| control(conn).and(Err::<i64, _>(QueryError::NotFound));
        let panic = move |conn: &mut DbConnection| -> QueryResult<i64> { panic!("after {:?}", control(conn)) };
        for end in ["succeeds", "fails", "panics"] {
            match end {
                "succeeds" => drop(db.database.read(control).await),
                "fails" => drop(db.database.read(fail).await.unwrap_err()),
                _ => drop(AssertUnwindSafe(db.database.read(panic)).catch_unwind().await.unwrap_err()),
            }
            rows += 1;
            insert_row(&mut db.another_program(), &rows.to_string()).unwrap();
            assert_eq!(db.keys().await.len(), rows, "a read sees old data after one that runs {name} and {end}");
        }
    }
}
