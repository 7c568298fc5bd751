use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use rocket::futures::FutureExt;
use rocket::futures::future::join_all;
use rocket_diesel_sessions::db::{DbConnection, Error};
use rocket_diesel_sessions::schema::sessions;

use crate::test_database::{TestDatabase, insert_row, lock, unlock};

const KEYS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Counts the transactions of the writer's connection.
#[derive(Clone, Default)]
struct TransactionCounter(Arc<AtomicUsize>);

impl TransactionCounter {
    async fn install(db: &TestDatabase) -> Self {
        let transactions = Self::default();
        let counter = transactions.clone();
        let install = move |conn: &mut DbConnection| {
            let counter = counter.clone();
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::BeginTransaction { depth, .. } = event
                    && depth.get() == 1
                {
                    counter.0.fetch_add(1, Ordering::Relaxed);
                }
            });
            Ok(())
        };
        db.database.write(install).await.unwrap();
        transactions
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[rocket::async_test]
async fn writes_that_wait_together_share_one_commit() {
    let db = TestDatabase::migrated();
    let transactions = TransactionCounter::install(&db).await;
    let mut other = db.another_program();
    lock(&mut other);
    let first = db.start_insert("first");
    let writes = KEYS.map(|key| db.start_insert(key));
    unlock(&mut other);
    first.await.unwrap();
    assert!(join_all(writes).await.into_iter().all(|written| written.is_ok()));
    assert_eq!(db.keys().await.len(), 10);
    assert!(transactions.count() <= 2, "{} transactions", transactions.count());
}

#[rocket::async_test]
async fn a_write_that_fails_or_panics_does_not_affect_the_other_writes_of_its_batch() {
    let db = TestDatabase::migrated();
    let mut other = db.another_program();
    lock(&mut other);
    let before = db.start_insert("before");
    let database = &db.database;
    let failing = database.write(|conn| insert_row(conn, "fails").and(Err::<(), _>(QueryError::RollbackTransaction)));
    let panicking = database.write(|conn| -> QueryResult<()> {
        conn.transaction(|conn| insert_row(conn, "panics"))?;
        conn.transaction(|conn| -> QueryResult<()> {
            insert_row(conn, "panics too")?;
            panic!("inside two transactions")
        })
    });
    let duplicate = database.write(|conn| insert_row(conn, "before"));
    let unlocking = async { unlock(&mut other) };
    let (failing, panicking, duplicate, after, ()) = rocket::tokio::join!(
        failing,
        AssertUnwindSafe(panicking).catch_unwind(),
        duplicate,
        database.write(|conn| insert_row(conn, "after")),
        unlocking
    );
    before.await.unwrap();
    assert!(matches!(failing, Err(Error::Query(QueryError::RollbackTransaction))));
    assert_eq!(panicking.unwrap_err().downcast_ref(), Some(&"inside two transactions"), "its caller gets the panic");
    assert!(matches!(duplicate, Err(Error::Query(QueryError::DatabaseError(..)))));
    after.unwrap();
    assert_eq!(db.keys().await, ["after", "before"]);
    database.write(|conn| insert_row(conn, "and on")).await.unwrap();
}

/// Creates a database in which inserting the key `full` fails and rolls back the transaction, as a full disk does.
async fn database_with_full_disk() -> TestDatabase {
    let db = TestDatabase::migrated();
    let trigger = "CREATE TRIGGER full BEFORE INSERT ON sessions WHEN NEW.session_key = 'full'
                   BEGIN SELECT RAISE(ROLLBACK, 'as a full disk does'); END";
    let created = db.database.write(move |conn| diesel::sql_query(trigger).execute(conn).map(drop)).await;
    created.unwrap();
    db
}

/// Runs writes in one batch. Another job blocks the writer until all of them are queued.
async fn in_one_batch<T>(db: &TestDatabase, writes: impl Future<Output = T>) -> T {
    let ((started, has_started), (release, released)) = (mpsc::channel(), mpsc::channel::<()>());
    let gate = Mutex::new((started, released));
    let database = db.database.clone();
    let blocking = rocket::tokio::spawn(async move {
        let block = move |_: &mut DbConnection| {
            let gate = gate.lock().unwrap();
            let _ = (gate.0.send(()), gate.1.recv());
            Ok(())
        };
        database.write(block).await
    });
    has_started.recv().unwrap();
    let (answers, ()) = rocket::tokio::join!(writes, async { drop(release) });
    blocking.await.unwrap().unwrap();
    answers
}

#[rocket::async_test]
async fn every_write_of_a_batch_fails_if_sqlite_rolls_back_the_transaction() {
    let db = database_with_full_disk().await;
    let write = |key| db.database.write(move |conn| insert_row(conn, key));
    let answers = in_one_batch(&db, join_all(["before", "full", "after"].map(write))).await;
    assert!(answers.into_iter().all(|answer| answer.is_err()));
    assert!(db.keys().await.is_empty());
    db.database.write(|conn| insert_row(conn, "later")).await.unwrap();
}

#[rocket::async_test]
async fn every_write_of_a_batch_fails_even_if_the_write_that_caused_the_rollback_ignores_the_error() {
    let db = database_with_full_disk().await;
    let write = |key| {
        db.database.write(move |conn| {
            let _ = insert_row(conn, key);
            Ok(())
        })
    };
    let answers = in_one_batch(&db, join_all(["before", "full", "after"].map(write))).await;
    assert!(answers.into_iter().all(|answer| answer.is_err()));
    assert!(db.keys().await.is_empty());
    db.database.write(|conn| insert_row(conn, "later")).await.unwrap();
}

#[rocket::async_test]
async fn a_batch_that_runs_again_waits_for_a_lock_that_another_program_took_in_the_meantime() {
    let db = TestDatabase::migrated();
    let other = Mutex::new(db.another_program());
    let mut stage = 0;
    let listener = Mutex::new(Some(move |event: InstrumentationEvent<'_>| {
        let InstrumentationEvent::FinishQuery { query, error, .. } = event else { return };
        let (query, failed) = (query.to_string(), error.is_some());
        if stage == 0 && query == "ROLLBACK" {
            lock(&mut other.lock().unwrap());
            stage = 1;
        } else if stage == 1 && query.contains("BEGIN") && failed {
            unlock(&mut other.lock().unwrap());
            stage = 2;
        }
    }));
    let listen = move |conn: &mut DbConnection| {
        conn.set_instrumentation(listener.lock().unwrap().take().unwrap());
        Ok(())
    };
    db.database.write(listen).await.unwrap();
    let failing = db.database.write(|_| Err::<(), _>(QueryError::RollbackTransaction));
    let unrelated = db.database.write(|conn| insert_row(conn, "unrelated"));
    let (failing, unrelated) = in_one_batch(&db, async { rocket::tokio::join!(failing, unrelated) }).await;
    assert!(failing.is_err());
    unrelated.unwrap();
}

#[rocket::async_test]
async fn a_write_that_finds_the_queue_full_is_refused_after_the_timeout() {
    let db = TestDatabase::migrated_with_timeout(Duration::from_millis(500));
    let mut other = db.another_program();
    lock(&mut other);
    let writes = join_all((0..2000).map(|number| {
        let key = number.to_string();
        db.database.write(move |conn| insert_row(conn, &key))
    }));
    let answers = writes.await;
    assert!(answers.iter().all(|answer| answer.is_err()));
    assert!(answers.iter().any(|answer| matches!(answer, Err(Error::Busy))), "the queue accepted 2000 writes");
    unlock(&mut other);
    db.database.write(|conn| insert_row(conn, "later")).await.unwrap();
    assert_eq!(db.keys().await, ["later"], "no refused write is committed later");
}

#[rocket::async_test]
async fn a_queued_write_is_committed_even_if_its_future_is_dropped() {
    let db = TestDatabase::migrated();
    let mut other = db.another_program();
    lock(&mut other);
    drop(db.start_insert("abandoned"));
    unlock(&mut other);
    let url = db.url.clone();
    drop(db.database); // as a shutdown does
    let found: Vec<String> =
        sessions::table.select(sessions::session_key).load(&mut crate::test_database::another_program(&url)).unwrap();
    assert_eq!(found, ["abandoned"]);
}

#[rocket::async_test]
async fn an_instrumentation_that_panics_during_a_commit_does_not_stop_the_writer() {
    let db = TestDatabase::migrated();
    let panic_at_commit = |conn: &mut DbConnection| {
        insert_row(conn, "lost")?;
        conn.set_instrumentation(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                assert!(!query.to_string().contains("COMMIT"));
            }
        });
        Ok(())
    };
    assert!(db.database.write(panic_at_commit).await.is_err());
    db.database.write(|conn| insert_row(conn, "kept")).await.unwrap();
    assert_eq!(db.keys().await, ["kept"]);
}

/// Counts how often the queries of a write run.
async fn runs_of_a_write_beside_a_failing_one(db: &TestDatabase) -> usize {
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = runs.clone();
    let counted = db.database.write(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let failing = db.database.write(|_| Err::<(), _>(QueryError::RollbackTransaction));
    let (counted, failing) = in_one_batch(db, async { rocket::tokio::join!(counted, failing) }).await;
    assert!(counted.is_ok() && failing.is_err());
    runs.load(Ordering::Relaxed)
}

#[rocket::async_test]
async fn after_a_write_has_failed_the_next_failing_writes_make_no_batch_run_twice() {
    let db = TestDatabase::migrated();
    assert_eq!(runs_of_a_write_beside_a_failing_one(&db).await, 2, "the first batch runs again with savepoints");
    for _ in 0..20 {
        assert_eq!(runs_of_a_write_beside_a_failing_one(&db).await, 1);
    }
}
