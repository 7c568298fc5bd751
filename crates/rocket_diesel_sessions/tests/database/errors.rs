use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::result::Error as QueryError;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::db::{Config, Database, DbConnection, Error, ErrorKind};

use crate::test_database::{TestDatabase, insert_row, lock, unlock};

/// Long enough for a busy machine to open a connection.
const TIMEOUT: Duration = Duration::from_millis(500);

#[rocket::async_test]
async fn another_programs_lock_blocks_writes_but_not_reads() {
    let db = TestDatabase::migrated_with_timeout(TIMEOUT);
    let mut other = db.another_program();
    lock(&mut other);
    let refused = db.database.write(|conn| insert_row(conn, "refused")).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Locked);
    assert!(db.keys().await.is_empty());
    unlock(&mut other);
    db.database.write(|conn| insert_row(conn, "later")).await.unwrap();
    assert_eq!(db.keys().await, ["later"], "the refused write is not committed later");
}

#[rocket::async_test]
async fn a_write_succeeds_if_the_lock_is_released_before_the_timeout() {
    let db = TestDatabase::migrated();
    let mut other = db.another_program();
    lock(&mut other);
    let write = db.start_insert("one");
    unlock(&mut other);
    write.await.unwrap();
}

#[rocket::async_test]
async fn a_database_without_the_table_is_reported_as_not_migrated() {
    let db = TestDatabase::new();
    let refused = db.database.write(|conn| insert_row(conn, "one")).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotMigrated);
    assert_eq!(
        db.database.pending_migrations(&MIGRATIONS).unwrap(),
        ["2026-11-23-000000_create_sessions", "2026-11-27-000000_create_replaced_keys"]
    );
}

#[test]
fn a_file_that_is_not_a_database_can_not_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.sqlite3");
    std::fs::write(&path, "no database at all, but long enough to have a header of 100 bytes".repeat(3)).unwrap();
    let error = Database::connect(&Config::new(path.to_str().unwrap())).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("db.sqlite3"), "{error}");
}

#[test]
fn requests_that_wait_for_the_writer_do_not_block_other_tasks() {
    let runtime = rocket::tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let db = TestDatabase::migrated();
    let mut other = db.another_program();
    lock(&mut other);
    runtime.block_on(async {
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let database = db.database.clone();
                rocket::tokio::spawn(async move { database.write(|conn| insert_row(conn, "one")).await })
            })
            .collect();
        for _ in 0..100 {
            rocket::tokio::spawn(async {}).await.unwrap();
        }
        assert!(!waiting.iter().any(|write| write.is_finished()), "another task had to wait until a write gave up");
        unlock(&mut other);
        let mut written = 0;
        for write in waiting {
            written += usize::from(write.await.unwrap().is_ok());
        }
        assert_eq!(written, 1, "the other writes fail because the key is taken");
    });
}

#[rocket::async_test]
async fn an_application_error_that_mentions_a_lock_is_not_retried() {
    let db = TestDatabase::migrated();
    let runs = AtomicU32::new(0);
    let refuse = move |_: &mut DbConnection| {
        assert_eq!(runs.fetch_add(1, Ordering::Relaxed), 0, "it was run again");
        Err::<(), _>(QueryError::QueryBuilderError("the account is locked".into()))
    };
    assert!(matches!(db.database.read(refuse).await, Err(Error::Query(QueryError::QueryBuilderError(_)))));
}

#[test]
fn a_pool_size_or_timeout_that_could_serve_no_request_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
    let is_refused = |change: fn(&mut Config)| {
        let mut config = Config::new(&url);
        change(&mut config);
        matches!(Database::connect(&config), Err(Error::Config(_)))
    };
    assert!(is_refused(|config| config.pool_size = 0));
    assert!(is_refused(|config| config.timeout = Duration::ZERO));
    assert!(is_refused(|config| config.timeout = Duration::MAX));
    assert!(!folder.path().join("db.sqlite3").exists(), "a refused configuration made a file");
    assert!(!is_refused(|_| ()));
}
