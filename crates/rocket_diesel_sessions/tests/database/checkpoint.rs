//! How large the WAL file becomes.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use rocket_diesel_sessions::db::DbConnection;
use rocket_diesel_sessions::schema::sessions;

use crate::test_database::{TestDatabase, insert_row};

/// Writes 100 MB and returns the size of the WAL file when it was largest, in bytes.
async fn write_100_mb(db: &TestDatabase) -> u64 {
    let wal = format!("{}-wal", db.url);
    let mut largest = 0;
    for round in 0..200 {
        let filler = "x".repeat(500_000);
        let key = format!("{round}");
        let job = move |conn: &mut DbConnection| {
            insert_row(conn, &key)?;
            diesel::update(sessions::table.find(&key)).set(sessions::session_data.eq(&filler)).execute(conn)
        };
        db.database.write(job).await.unwrap();
        largest = largest.max(fs::metadata(&wal).unwrap().len());
    }
    largest
}

#[rocket::async_test]
async fn the_wal_file_stays_small_while_100_mb_are_written() {
    let largest = write_100_mb(&TestDatabase::migrated()).await;
    assert!(largest < 50_000_000, "{largest} bytes of WAL for 100 MB");
}

/// Creates a database whose connections call `listener` with each statement before they run it.
fn database_with_listener(listener: impl Fn(&str) + Clone + Send + Sync + 'static) -> TestDatabase {
    TestDatabase::migrated_with(|config| {
        config.instrument(move || {
            let listener = listener.clone();
            Box::new(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { query, .. } = event {
                    listener(&query.to_string());
                }
            })
        })
    })
}

#[rocket::async_test]
async fn an_instrumentation_that_panics_during_a_checkpoint_does_not_prevent_later_checkpoints() {
    let panicked = Arc::new(AtomicBool::new(false));
    let has_panicked = panicked.clone();
    let db = database_with_listener(move |query| {
        let is_first = query.contains("PASSIVE") && !has_panicked.swap(true, Ordering::Relaxed);
        assert!(!is_first, "a panic in the first checkpoint");
    });
    let largest = write_100_mb(&db).await;
    assert!(panicked.load(Ordering::Relaxed) && largest < 50_000_000, "{largest} bytes of WAL for 100 MB");
}

#[rocket::async_test]
async fn the_writer_waits_for_a_long_read_once_in_8_mib_of_wal() {
    let waits = Arc::new(AtomicU32::new(0));
    let counter = waits.clone();
    let db = database_with_listener(move |query| {
        if query.contains("wal_checkpoint(RESTART)") {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut reader = db.another_program();
    reader.batch_execute("BEGIN; SELECT * FROM sessions").unwrap();
    write_100_mb(&db).await;
    let waits = waits.load(Ordering::Relaxed);
    assert!((2..=12).contains(&waits), "{waits} waits for 100 MB");
}
