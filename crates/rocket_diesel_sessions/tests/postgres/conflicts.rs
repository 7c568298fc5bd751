use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use rocket::futures::future::join_all;
use rocket::tokio::task::yield_now;
use rocket::tokio::{join, spawn};
use rocket_diesel_sessions::SessionFairing;
use rocket_diesel_sessions::db::{Database, DbConnection};
use rocket_diesel_sessions::schema::replaced_keys;
use time::macros::datetime;

use crate::server::Schema;

/// Inserts a row if the table is empty. In the first run, does not insert before the other closure has looked too.
async fn insert_the_first(database: Database, key: &'static str, both_have_looked: Arc<Barrier>) -> bool {
    let has_waited = AtomicBool::new(false);
    let insert = move |conn: &mut DbConnection| {
        let rows: i64 = replaced_keys::table.count().get_result(conn)?;
        if !has_waited.swap(true, Ordering::Relaxed) {
            both_have_looked.wait();
        }
        if rows > 0 {
            return Ok(false);
        }
        let row = (
            replaced_keys::old_key.eq(key),
            replaced_keys::new_key.eq(key),
            replaced_keys::expires_at.eq(datetime!(2026-01-01 0:00)),
        );
        diesel::insert_into(replaced_keys::table).values(row).execute(conn)?;
        Ok(true)
    };
    database.write(insert).await.unwrap()
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn two_writes_that_look_at_the_same_moment_have_the_effect_of_one_after_the_other() {
    let schema = Schema::new();
    let database = schema.migrated(|_| ());
    let both_have_looked = Arc::new(Barrier::new(2));
    let write = |key| spawn(insert_the_first(database.clone(), key, both_have_looked.clone()));
    let (one, other) = (write("one"), write("other"));
    let (one, other) = join!(one, other);
    assert!(one.unwrap() != other.unwrap(), "one finds an empty table, and the other one finds its row");
    assert_eq!(schema.count("SELECT count(*) FROM replaced_keys"), 1);
}

/// Returns an instrumentation that keeps the errors of statements.
fn keep_errors(fairing: SessionFairing, errors: &Arc<Mutex<Vec<String>>>) -> SessionFairing {
    let errors = errors.clone();
    fairing.instrument(move || {
        let errors = errors.clone();
        Box::new(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event {
                errors.lock().unwrap().push(error.to_string());
            }
        })
    })
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored"]
async fn two_instances_that_save_the_same_sessions_in_opposite_order_lose_nothing_and_meet_no_deadlock() {
    const SESSIONS: usize = 150;
    const ROUNDS: i64 = 8;

    let (schema, errors) = (Schema::new(), Arc::new(Mutex::new(Vec::new())));
    schema.migrated(|_| ());
    // In a large table, rows are found by the index, in the order of the statement.
    schema.run(
        "INSERT INTO sessions (session_key, session_data, expire_date, created_at, version) \
         SELECT repeat(md5(number::text), 2), '{}', '2026-01-01', '2026-01-01', 1 FROM generate_series(1, 20000) number; \
         ANALYZE sessions",
    );
    let one = schema.app("", |fairing| keep_errors(fairing, &errors)).await;
    let other = schema.app("", |fairing| keep_errors(fairing, &errors)).await;
    let (mut visitors, mut at_other) = (Vec::new(), Vec::new());
    for _ in 0..SESSIONS {
        let visitor = one.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let copy = other.visitor();
        copy.set_cookie(&visitor.cookie().unwrap());
        visitors.push(visitor);
        at_other.push(copy);
    }
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' AND wait_event_type = 'Lock'",
        schema.name()
    );
    for round in 0..ROUNDS {
        // The first statement of each instance waits for the lock. The other changes gather, and are the next statements.
        let mut another_program = schema.connection();
        another_program.batch_execute("BEGIN; LOCK TABLE sessions IN EXCLUSIVE MODE").unwrap();
        let unlock = async {
            while schema.count(&waiting) < 2 {
                yield_now().await;
            }
            for _ in 0..100 {
                yield_now().await;
            }
            another_program.batch_execute("COMMIT").unwrap();
        };
        let (path, other_path) = (format!("/insert/one/{round}"), format!("/insert/other/{round}"));
        join!(
            join_all(visitors.iter().map(|visitor| visitor.visit(&path))),
            join_all(at_other.iter().rev().map(|visitor| visitor.visit(&other_path))),
            unlock,
        );
    }
    let rows: Vec<_> = one.rows().into_iter().filter(|row| row.session_data != "{}").collect();
    assert_eq!(rows.iter().map(|row| row.version).collect::<Vec<_>>(), [1 + 2 * ROUNDS; SESSIONS]);
    let last = format!(r#""one":"{0}","other":"{0}""#, ROUNDS - 1);
    assert!(rows.iter().all(|row| row.session_data.contains(&last)), "{rows:?}");
    assert_eq!(*errors.lock().unwrap(), [""; 0]);
}
