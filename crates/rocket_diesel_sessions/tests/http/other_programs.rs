use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use rocket::tokio::runtime::Runtime;
use rocket::tokio::task::yield_now;

use crate::routes;
use crate::test_app::TestApp;
use crate::visitor::Visitor;

/// Enough for the application to see the file as memory and to keep its read mark.
const QUIET: usize = 40;

#[rocket::async_test]
async fn what_another_program_writes_is_seen_by_the_next_request_after_a_quiet_time_too() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    for name in ["Ada", "Grace"] {
        for _ in 0..QUIET {
            visitor.visit("/look/name").await;
        }
        let change = format!("UPDATE sessions SET session_data = '{{\"name\":\"{name}\"}}'");
        app.connection().batch_execute(&change).unwrap();
        assert_eq!(visitor.visit("/look/name").await, name);
    }
}

#[rocket::async_test]
async fn another_program_can_begin_the_journal_anew_soon_after_the_last_request_or_at_once_after_a_change() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let mut other = app.connection();
    keep_it(&app, &visitor, &mut other).await;
    until(|| !is_kept(&mut other)).await;
    keep_it(&app, &visitor, &mut other).await;
    visitor.visit("/insert/name/Grace").await;
    assert!(!is_kept(&mut other), "the change has ended the read transaction");
}

#[test]
fn a_runtime_that_ends_takes_the_read_transaction_with_it_though_the_database_goes_on() {
    let runtime = Runtime::new().unwrap();
    let (_site, mut other) = runtime.block_on(async {
        let app = TestApp::new(routes::routes()).await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let mut other = app.connection();
        keep_it(&app, &visitor, &mut other).await;
        drop(visitor);
        (app, other)
    });
    drop(runtime);
    assert!(!is_kept(&mut other));
}

/// Waits for what takes the application a second.
async fn until(mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < deadline, "it never came");
        yield_now().await;
    }
}

/// Changes the session and then only looks at it, until the journal is kept.
async fn keep_it(app: &TestApp, visitor: &Visitor<'_>, other: &mut SqliteConnection) {
    while !is_kept(other) {
        visitor.visit(&format!("/insert/name/{}", app.row().version)).await;
        for _ in 0..QUIET {
            visitor.visit("/look/name").await;
        }
    }
}

/// Whether the application has a read transaction that keeps the journal from being emptied.
fn is_kept(other: &mut SqliteConnection) -> bool {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = Integer)]
        busy: i32,
    }
    let checkpoint: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(other).unwrap();
    checkpoint.busy != 0
}

#[rocket::async_test]
async fn after_a_second_of_nothing_but_lookups_the_file_itself_has_all_that_was_in_the_journal() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_ne!(app.rows_without_the_journal(), app.rows());
    for _ in 0..QUIET {
        visitor.visit("/look/name").await;
    }
    until(|| app.rows_without_the_journal() == app.rows()).await;
}

#[rocket::async_test]
async fn a_date_that_a_person_wrote_in_another_form_counts() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let begun = ["'2026-01-01T00:00:00Z'", "'2026-01-01 00:00'", "'2026-01-01 00:00:00.5'", "julianday('2026-01-01')"];
    for created_at in begun {
        app.connection().batch_execute(&format!("UPDATE sessions SET created_at = {created_at}")).unwrap();
        assert_eq!(visitor.visit("/look/name").await, "Bipasha", "{created_at}");
    }
}
