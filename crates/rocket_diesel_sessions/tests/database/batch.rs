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

use crate::test_database::{TestDatabase, lock, row, unlock};

const NINE: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// How often the writer's connection has begun a transaction.
#[derive(Clone, Default)]
struct Begun(Arc<AtomicUsize>);

impl Begun {
    async fn listen(db: &TestDatabase) -> Self {
        let begun = Self::default();
        let listener = begun.clone();
        let listen = move |conn: &mut DbConnection| {
            let listener = listener.clone();
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::BeginTransaction { depth, .. } = event
                    && depth.get() == 1
                {
                    listener.0.fetch_add(1, Ordering::Relaxed);
                }
            });
            Ok(())
        };
        db.database.write(listen).await.unwrap();
        begun
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[rocket::async_test]
async fn writes_that_wait_together_share_one_commit() {
    let db = TestDatabase::migrated();
    let begun = Begun::listen(&db).await;
    let mut other = db.another_program();
    lock(&mut other);
    let first = db.begin("first");
    let writes = NINE.map(|key| db.begin(key));
    unlock(&mut other);
    first.await.unwrap();
    assert!(join_all(writes).await.into_iter().all(|written| written.is_ok()));
    assert_eq!(db.keys().await.len(), 10);
    assert!(begun.count() <= 2, "{} transactions", begun.count());
}

#[rocket::async_test]
async fn a_write_that_fails_or_panics_takes_nobody_with_it() {
    let db = TestDatabase::migrated();
    let mut other = db.another_program();
    lock(&mut other);
    let before = db.begin("before");
    let database = &db.database;
    let fails = database.write(|conn| row(conn, "fails").and(Err::<(), _>(QueryError::RollbackTransaction)));
    let panics = database.write(|conn| -> QueryResult<()> {
        conn.transaction(|conn| row(conn, "panics"))?;
        conn.transaction(|conn| -> QueryResult<()> {
            row(conn, "panics too")?;
            panic!("inside two transactions")
        })
    });
    let taken = database.write(|conn| row(conn, "before"));
    let unlocking = async { unlock(&mut other) };
    let (fails, panics, taken, after, ()) = rocket::tokio::join!(
        fails,
        AssertUnwindSafe(panics).catch_unwind(),
        taken,
        database.write(|conn| row(conn, "after")),
        unlocking
    );
    before.await.unwrap();
    assert!(matches!(fails, Err(Error::Query(QueryError::RollbackTransaction))));
    assert_eq!(panics.unwrap_err().downcast_ref(), Some(&"inside two transactions"), "at its request");
    assert!(matches!(taken, Err(Error::Query(QueryError::DatabaseError(..)))));
    after.unwrap();
    assert_eq!(db.keys().await, ["after", "before"]);
    database.write(|conn| row(conn, "and on")).await.unwrap();
}

/// A db whose disk is full for one row.
async fn with_a_full_disk() -> TestDatabase {
    let db = TestDatabase::migrated();
    let trigger = "CREATE TRIGGER full BEFORE INSERT ON sessions WHEN NEW.session_key = 'full'
                   BEGIN SELECT RAISE(ROLLBACK, 'as a full disk does'); END";
    let created = db.database.write(move |conn| diesel::sql_query(trigger).execute(conn).map(drop)).await;
    created.unwrap();
    db
}

/// Polls writes that are in one transaction then: the writer is kept until all of them wait.
async fn together<T>(db: &TestDatabase, writes: impl Future<Output = T>) -> T {
    let ((started, has_started), (release, released)) = (mpsc::channel(), mpsc::channel::<()>());
    let gate = Mutex::new((started, released));
    let keeping = db.database.clone();
    let keeping = rocket::tokio::spawn(async move {
        let keep = move |_: &mut DbConnection| {
            let gate = gate.lock().unwrap();
            let _ = (gate.0.send(()), gate.1.recv());
            Ok(())
        };
        keeping.write(keep).await
    });
    has_started.recv().unwrap();
    let (answers, ()) = rocket::tokio::join!(writes, async { drop(release) });
    keeping.await.unwrap().unwrap();
    answers
}

#[rocket::async_test]
async fn a_transaction_that_sqlite_has_rolled_back_takes_all_with_it_and_commits_none_by_halves() {
    let db = with_a_full_disk().await;
    let write = |key| db.database.write(move |conn| row(conn, key));
    let answers = together(&db, join_all(["before", "full", "after"].map(write))).await;
    assert!(answers.into_iter().all(|answer| answer.is_err()));
    assert!(db.keys().await.is_empty());
    db.database.write(|conn| row(conn, "later")).await.unwrap();
}

#[rocket::async_test]
async fn nor_does_it_where_the_write_that_met_the_error_says_nothing_of_it() {
    let db = with_a_full_disk().await;
    let write = |key| {
        db.database.write(move |conn| {
            let _ = row(conn, key);
            Ok(())
        })
    };
    let answers = together(&db, join_all(["before", "full", "after"].map(write))).await;
    assert!(answers.into_iter().all(|answer| answer.is_err()));
    assert!(db.keys().await.is_empty());
    db.database.write(|conn| row(conn, "later")).await.unwrap();
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[rocket::async_test]
async fn a_write_that_panics_when_it_is_dropped_leaves_nobody_without_an_answer() {
    let db = TestDatabase::migrated();
    let bomb = || {
        let bomb = Bomb;
        db.database.write(move |conn| {
            let _ = &bomb;
            row(conn, "bomb")
        })
    };
    let bombs = async { rocket::tokio::join!(bomb(), bomb()) };
    let others = join_all(["a", "b"].map(|key| db.database.write(move |conn| row(conn, key))));
    let (_, others) = together(&db, async { rocket::tokio::join!(bombs, others) }).await;
    assert!(others.into_iter().all(|answer| answer.is_ok()));
}

#[rocket::async_test]
async fn a_batch_that_is_run_again_waits_for_a_lock_that_another_program_took_in_between() {
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
    let fails = db.database.write(|_| Err::<(), _>(QueryError::RollbackTransaction));
    let innocent = db.database.write(|conn| row(conn, "innocent"));
    let (fails, innocent) = together(&db, async { rocket::tokio::join!(fails, innocent) }).await;
    assert!(fails.is_err());
    innocent.unwrap();
}

#[rocket::async_test]
async fn the_queue_is_bounded_and_who_finds_no_place_is_told_so_after_the_timeout() {
    let db = TestDatabase::migrated_with_timeout(Duration::from_millis(500));
    let mut other = db.another_program();
    lock(&mut other);
    let writes = join_all((0..2000).map(|number| {
        let key = number.to_string();
        db.database.write(move |conn| row(conn, &key))
    }));
    let answers = writes.await;
    assert!(answers.iter().all(|answer| answer.is_err()));
    assert!(answers.iter().any(|answer| matches!(answer, Err(Error::Busy))), "2000 were accepted");
    unlock(&mut other);
    db.database.write(|conn| row(conn, "later")).await.unwrap();
    assert_eq!(db.keys().await, ["later"], "and none of them happens later");
}

#[rocket::async_test]
async fn what_was_accepted_is_written_though_nobody_waits_for_it_any_more() {
    let db = TestDatabase::migrated();
    let mut other = db.another_program();
    lock(&mut other);
    drop(db.begin("abandoned"));
    unlock(&mut other);
    let url = db.url.clone();
    drop(db.database); // as at a shutdown
    let found: Vec<String> =
        sessions::table.select(sessions::session_key).load(&mut crate::test_database::another_program(&url)).unwrap();
    assert_eq!(found, ["abandoned"]);
}

#[rocket::async_test]
async fn an_instrumentation_that_panics_at_the_commit_costs_that_commit_and_not_the_writer() {
    let db = TestDatabase::migrated();
    let sabotage = |conn: &mut DbConnection| {
        row(conn, "lost")?;
        conn.set_instrumentation(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                assert!(!query.to_string().contains("COMMIT"));
            }
        });
        Ok(())
    };
    assert!(db.database.write(sabotage).await.is_err());
    db.database.write(|conn| row(conn, "kept")).await.unwrap();
    assert_eq!(db.keys().await, ["kept"]);
}

#[rocket::async_test]
async fn an_answer_that_panics_when_it_is_dropped_costs_neither_others_nor_the_writer_anything() {
    let db = TestDatabase::migrated();
    let bomb = async {
        let write = db.database.write(|_| Ok(Bomb));
        AssertUnwindSafe(write).catch_unwind().await.map(std::mem::forget)
    };
    let fails = db.database.write(|_| Err::<(), _>(QueryError::RollbackTransaction));
    let innocent = db.database.write(|conn| row(conn, "innocent"));
    let (bomb, fails, innocent) = together(&db, async { rocket::tokio::join!(bomb, fails, innocent) }).await;
    assert!(bomb.is_err() && fails.is_err());
    innocent.unwrap();
    db.database.write(|conn| row(conn, "later")).await.unwrap();
}
