//! The command `copy`: what it keeps, and which rows it refuses. The tests of the program copy real sessions.
#![cfg(feature = "postgres")]

use std::path::Path;
use std::process::ExitCode;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rocket::figment::Figment;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::commands::Command;
use rocket_diesel_sessions::db::{self, Database};
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::testing::{connect, new_database};
use time::{Duration, PrimitiveDateTime, macros::datetime};

#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = sessions)]
struct Row {
    session_key: String,
    session_data: String,
    expire_date: PrimitiveDateTime,
    created_at: PrimitiveDateTime,
    version: i64,
    owner: Option<String>,
    expiry: Option<String>,
}

/// Texts with all characters but NUL, which PostgreSQL can't hold.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[^\0]{0,20}", r#"['"\\{}:,\[\]$u0\n]{0,20}"#, Just("\\u0000".to_owned()), Just("NULL".to_owned())]
}

/// Dates of the years 1 to 9999, with microseconds.
fn date() -> impl Strategy<Value = PrimitiveDateTime> {
    let microseconds = prop_oneof![Just(0), 0..1_000_000_i64];
    let range = 0..(datetime!(9999-12-31 23:59:59) - datetime!(0001-01-01 0:00)).whole_seconds();
    (range, microseconds).prop_map(|(seconds, microseconds)| {
        datetime!(0001-01-01 0:00) + Duration::seconds(seconds) + Duration::microseconds(microseconds)
    })
}

fn row() -> impl Strategy<Value = Row> {
    let options = (proptest::option::of(text()), proptest::option::of(text()));
    (text(), date(), date(), any::<i64>(), options).prop_map(|(data, expires, created, version, (owner, expiry))| Row {
        session_key: String::new(),
        session_data: data,
        expire_date: expires,
        created_at: created,
        version,
        owner,
        expiry,
    })
}

fn migrated(path: &Path) -> String {
    let url = path.to_str().unwrap().to_owned();
    Database::connect(&db::Config::new(&url)).unwrap().migrate(&MIGRATIONS).unwrap();
    url
}

fn copy(from: &str, to: &str) -> bool {
    let command = Command::Copy { from: from.into(), to: to.into() };
    rocket::async_test(command.run(&Figment::new(), &MIGRATIONS)) == ExitCode::SUCCESS
}

const TWO_ROWS: &str = "INSERT INTO sessions SELECT column1, '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL \
                        FROM (VALUES ('one'), ('two')) AS keys";

/// Returns a file with two sessions, and an empty server with the same tables.
fn two_databases(folder: &Path) -> (String, String) {
    let (from, to) = (migrated(&folder.join("from")), new_database(folder));
    connect(&from).batch_execute(TWO_ROWS).unwrap();
    Database::connect(&db::Config::new(&to)).unwrap().migrate(&MIGRATIONS).unwrap();
    (from, to)
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test copy -- --ignored"]
fn a_target_that_has_a_row_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = two_databases(folder.path());
    let row = "INSERT INTO replaced_keys VALUES ('old', 'new', '2026-01-01 00:00:00')";
    connect(&to).batch_execute(row).unwrap();
    assert!(!copy(&from, &to));
    assert_eq!(rows(&to), []);
    connect(&to).batch_execute("DELETE FROM replaced_keys").unwrap();
    assert!(copy(&from, &to));
    assert_eq!(rows(&to), rows(&from));
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test copy -- --ignored"]
fn if_a_row_does_not_arrive_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = two_databases(folder.path());
    let swallow = "CREATE RULE swallow AS ON INSERT TO sessions WHERE NEW.session_key = 'two' DO INSTEAD NOTHING";
    connect(&to).batch_execute(swallow).unwrap();
    assert!(!copy(&from, &to));
    assert_eq!(rows(&to), []);
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test copy -- --ignored"]
fn a_table_that_the_target_lacks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = two_databases(folder.path());
    connect(&from).batch_execute("CREATE TABLE mine (id INTEGER); INSERT INTO mine VALUES (1)").unwrap();
    assert!(!copy(&from, &to));
    connect(&to).batch_execute("CREATE TABLE mine (number INTEGER)").unwrap();
    assert!(!copy(&from, &to), "it has another column");
    assert_eq!(rows(&to), []);
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test copy -- --ignored"]
fn a_table_of_the_application_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = two_databases(folder.path());
    let table = "CREATE TABLE \"the books\" (id INTEGER PRIMARY KEY, title TEXT)";
    let books = "INSERT INTO \"the books\" VALUES (7, 'it''s \"one\"'), (3, NULL)";
    connect(&from).batch_execute(&format!("{table}; {books}")).unwrap();
    connect(&to).batch_execute(table).unwrap();
    assert!(copy(&from, &to));
    let title = diesel::dsl::sql::<diesel::sql_types::Text>("(SELECT title FROM \"the books\" WHERE id = 7)");
    assert_eq!(diesel::select(title).get_result::<String>(&mut connect(&to)).unwrap(), "it's \"one\"");
}

fn rows(url: &str) -> Vec<Row> {
    sessions::table.order(sessions::version).then_order_by(sessions::session_key).load(&mut connect(url)).unwrap()
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test copy -- --ignored"]
fn random_rows_are_the_same_after_a_copy() {
    let config = Config { cases: 8, failure_persistence: None, ..Config::default() };
    let rows_of = proptest::collection::vec(row(), 0..300);
    let copied = TestRunner::new(config).run(&rows_of, |mut written| {
        let folder = tempfile::tempdir().unwrap();
        let (from, server) = (migrated(&folder.path().join("from")), new_database(folder.path()));
        for (number, row) in written.iter_mut().enumerate() {
            row.session_key = format!("{number} {}", row.session_data);
        }
        connect(&from)
            .transaction(|conn| {
                written
                    .iter()
                    .try_for_each(|row| diesel::insert_into(sessions::table).values(row).execute(conn).map(drop))
            })
            .unwrap();
        prop_assert!(copy(&from, &server));
        let copied = rows(&server);
        prop_assert_eq!(copied.len(), written.len());
        prop_assert!(copied.iter().all(|row| written.contains(row)));
        Ok(())
    });
    copied.unwrap();
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test copy -- --ignored"]
fn a_row_that_postgresql_does_not_hold_stops_the_copy_and_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let from = migrated(&folder.path().join("from"));
    let good =
        "INSERT INTO sessions VALUES ('good', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL)";
    connect(&from).batch_execute(good).unwrap();
    for values in [
        "'nul' || char(0), 'secret', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL",
        "'nul', 'secret' || char(0), '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL",
        "'utf8', 'secret' || CAST(x'ff41' AS TEXT), '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL",
        "'binary', x'41', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL",
        "'february', 'secret', '2026-02-30 00:00:00', '2026-01-01 00:00:00', 1, NULL, NULL",
        "'version', 'secret', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'secret', NULL, NULL",
    ] {
        let server = new_database(folder.path());
        connect(&from).batch_execute(&format!("INSERT INTO sessions VALUES ({values})")).unwrap();
        assert!(!copy(&from, &server), "{values}");
        assert_eq!(rows(&server), [], "{values}");
        connect(&from).batch_execute("DELETE FROM sessions WHERE session_key <> 'good'").unwrap();
    }
    assert!(copy(&from, &new_database(folder.path())), "the good row alone is copied");
}
