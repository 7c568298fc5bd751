//! How long the journal gets.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use rocket_diesel_sessions::db::DbConnection;
use rocket_diesel_sessions::schema::sessions;

use crate::test_database::{TestDatabase, row};

/// How long the journal got while 100 MB were written.
async fn longest_journal(db: &TestDatabase) -> u64 {
    let journal = format!("{}-wal", db.url);
    let mut longest = 0;
    for round in 0..200 {
        let filler = "x".repeat(500_000);
        let key = format!("{round}");
        let job = move |conn: &mut DbConnection| {
            row(conn, &key)?;
            diesel::update(sessions::table.find(&key)).set(sessions::session_data.eq(&filler)).execute(conn)
        };
        db.database.write(job).await.unwrap();
        longest = longest.max(fs::metadata(&journal).unwrap().len());
    }
    longest
}

#[rocket::async_test]
async fn the_journal_stays_short_however_much_is_written() {
    let longest = longest_journal(&TestDatabase::migrated()).await;
    assert!(longest < 50_000_000, "{longest} bytes of journal for 100 MB");
}

/// A db whose connections tell `listener` what they are about to ask.
fn overheard(listener: impl Fn(&str) + Clone + Send + Sync + 'static) -> TestDatabase {
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
async fn an_instrumentation_that_panics_at_a_checkpoint_costs_that_checkpoint_and_no_other() {
    let panicked = Arc::new(AtomicBool::new(false));
    let first = panicked.clone();
    let db = overheard(move |query| {
        let is_first = query.contains("PASSIVE") && !first.swap(true, Ordering::Relaxed);
        assert!(!is_first, "the first checkpoint");
    });
    let longest = longest_journal(&db).await;
    assert!(panicked.load(Ordering::Relaxed) && longest < 50_000_000, "{longest} bytes of journal for 100 MB");
}

#[rocket::async_test]
async fn the_writer_waits_once_for_a_reader_that_stays() {
    let waits = Arc::new(AtomicU32::new(0));
    let counter = waits.clone();
    let db = overheard(move |query| {
        if query.contains("busy_timeout = 250") {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut reader = db.another_program();
    reader.batch_execute("BEGIN; SELECT * FROM sessions").unwrap();
    longest_journal(&db).await;
    assert_eq!(waits.load(Ordering::Relaxed), 1);
}
