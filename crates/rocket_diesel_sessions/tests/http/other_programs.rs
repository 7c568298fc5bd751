use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use rocket::tokio::runtime::Runtime;
use rocket::tokio::task::yield_now;

use crate::routes;
use crate::test_app::TestApp;
use crate::visitor::Visitor;

/// After this many reads without a write, the application maps the file into memory and keeps a read transaction open.
const MANY_READS: usize = 40;

#[rocket::async_test]
async fn a_request_sees_what_another_program_wrote_even_after_many_reads() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    for name in ["Ada", "Grace"] {
        for _ in 0..MANY_READS {
            visitor.visit("/look/name").await;
        }
        let change = format!("UPDATE sessions SET session_data = '{{\"name\":\"{name}\"}}'");
        app.connection().batch_execute(&change).unwrap();
        assert_eq!(visitor.visit("/look/name").await, name);
    }
}

#[rocket::async_test]
async fn another_program_can_empty_the_journal_soon_after_a_read_and_directly_after_a_change() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let mut other = app.connection();
    read_until_journal_is_kept(&app, &visitor, &mut other).await;
    wait_until(|| !journal_is_kept(&mut other)).await;
    read_until_journal_is_kept(&app, &visitor, &mut other).await;
    visitor.visit("/insert/name/Grace").await;
    assert!(!journal_is_kept(&mut other), "the change should end the read transaction");
}

#[test]
fn the_read_transaction_ends_with_its_runtime_even_if_the_database_stays_open() {
    let runtime = Runtime::new().unwrap();
    let (_app, mut other) = runtime.block_on(async {
        let app = TestApp::new(routes::routes()).await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let mut other = app.connection();
        read_until_journal_is_kept(&app, &visitor, &mut other).await;
        drop(visitor);
        (app, other)
    });
    drop(runtime);
    assert!(!journal_is_kept(&mut other));
}

/// Waits until `condition` is true. The application needs about a second for what these tests wait for.
async fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "the condition did not become true");
        yield_now().await;
    }
}

/// Changes the session and then only reads it, until the application has a read transaction that keeps the journal.
async fn read_until_journal_is_kept(app: &TestApp, visitor: &Visitor<'_>, other: &mut SqliteConnection) {
    while !journal_is_kept(other) {
        visitor.visit(&format!("/insert/name/{}", app.row().version)).await;
        for _ in 0..MANY_READS {
            visitor.visit("/look/name").await;
        }
    }
}

/// Returns whether a read transaction of the application keeps the journal from being emptied.
fn journal_is_kept(other: &mut SqliteConnection) -> bool {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = Integer)]
        busy: i32,
    }
    let checkpoint: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(other).unwrap();
    checkpoint.busy != 0
}

#[rocket::async_test]
async fn the_journal_is_copied_into_the_database_file_when_writing_pauses() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_ne!(app.rows_without_journal(), app.rows());
    for _ in 0..MANY_READS {
        visitor.visit("/look/name").await;
    }
    wait_until(|| app.rows_without_journal() == app.rows()).await;
}

#[rocket::async_test]
async fn a_date_in_another_format_of_sqlite_can_be_read() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let dates = ["'2026-01-01T00:00:00Z'", "'2026-01-01 00:00'", "'2026-01-01 00:00:00.5'", "julianday('2026-01-01')"];
    for created_at in dates {
        app.connection().batch_execute(&format!("UPDATE sessions SET created_at = {created_at}")).unwrap();
        assert_eq!(visitor.visit("/look/name").await, "Bipasha", "{created_at}");
    }
}
