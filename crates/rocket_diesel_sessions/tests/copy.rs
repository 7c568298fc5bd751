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

fn rows(url: &str) -> Vec<Row> {
    sessions::table.order(sessions::version).then_order_by(sessions::session_key).load(&mut connect(url)).unwrap()
}

/// Returns the rows as SQLite has them, byte by byte: its own tool would show the same.
fn stored(url: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Stored {
        #[diesel(sql_type = diesel::sql_types::Text)]
        row: String,
    }
    let quoted = "concat_ws('|', quote(session_key), quote(session_data), quote(expire_date), quote(created_at), \
                  typeof(version), quote(version), quote(owner), quote(expiry))";
    let query = format!("SELECT {quoted} AS row FROM sessions ORDER BY version, session_key");
    let rows: Vec<Stored> = diesel::sql_query(query).load(&mut connect(url)).unwrap();
    rows.into_iter().map(|stored| stored.row).collect()
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test -p rocket_diesel_sessions --features postgres --test copy -- --ignored"]
fn random_rows_are_the_same_after_a_copy_there_and_back() {
    let config = Config { cases: 8, failure_persistence: None, ..Config::default() };
    let rows_of = proptest::collection::vec(row(), 0..300);
    let copied = TestRunner::new(config).run(&rows_of, |mut written| {
        let folder = tempfile::tempdir().unwrap();
        let (from, server) = (migrated(&folder.path().join("from")), new_database(folder.path()));
        let back = folder.path().join("back").to_str().unwrap().to_owned();
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
        prop_assert!(copy(&from, &server) && copy(&server, &back));
        prop_assert_eq!(rows(&server).len(), written.len());
        prop_assert!(rows(&server).iter().all(|row| written.contains(row)));
        prop_assert_eq!(stored(&back), stored(&from));
        Ok(())
    });
    copied.unwrap();
}

#[test]
#[ignore = "needs PostgreSQL: .ci/with_postgres cargo test -p rocket_diesel_sessions --features postgres --test copy -- --ignored"]
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
        "'now', 'secret', 'now', '2026-01-01 00:00:00', 1, NULL, NULL",
        "'zone', 'secret', '2026-01-01 00:00:00+02:00', '2026-01-01 00:00:00', 1, NULL, NULL",
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
