use std::collections::BTreeSet;
use std::process::Command;

use rocket::http::CookieJar;
use rocket::{get, routes};
use rocket_diesel_sessions::{Result, Session};

use crate::log::{self, KEYS_TO, LOG_TO};
use crate::test_app::TestApp;

/// What the tests of errors put into a session. It must not be in the log of the suite.
pub const SECRET_NAME: &str = "a name of the data";
pub const SECRET_VALUE: &str = "a value of the data";

#[get("/set")]
fn set(session: Session<'_>) -> Result<()> {
    session.insert("name", "Bipasha")
}

#[get("/cycle")]
fn cycle(session: Session<'_>) {
    session.cycle_key();
}

/// Returns the key, which only the server can decrypt, and the handle.
#[get("/key")]
fn key(jar: &CookieJar<'_>, session: Session<'_>) -> String {
    let key = jar.get_private("sessionid").unwrap().value().to_owned();
    format!("{key} {}", session.handle().unwrap())
}

#[get("/debug")]
fn debug(session: Session<'_>) -> String {
    session.handle().unwrap().to_string()
}

#[rocket::async_test]
async fn the_key_is_neither_in_the_table_nor_in_the_log() {
    let app = TestApp::new(routes![set, cycle, key, debug]).await;
    let visitor = app.visitor();
    visitor.visit("/set").await;
    let first = visitor.visit("/key").await;
    visitor.visit("/cycle").await;
    let second = visitor.visit("/key").await;
    assert_ne!(first, second);

    let table = format!("{:?}", app.rows());
    for page in [first, second] {
        let (key, _) = page.split_once(' ').unwrap();
        assert_eq!(key.len(), 43);
        assert!(!table.contains(key), "a key is in the table");
        assert!(!log::contains_line(&[key]), "a key is in the log");
    }
}

#[rocket::async_test]
async fn the_handle_is_the_value_of_the_session_key_column() {
    let app = TestApp::new(routes![set, key, debug]).await;
    let visitor = app.visitor();
    visitor.visit("/set").await;
    let page = visitor.visit("/key").await;
    let (_, handle) = page.split_once(' ').unwrap();
    assert_eq!(app.row().session_key, handle);
}

#[test]
fn the_log_of_the_whole_suite_at_trace_level_contains_no_key_and_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let (log, keys) = (folder.path().join("log"), folder.path().join("keys"));
    let suite = Command::new(std::env::current_exe().unwrap())
        .args(["--skip", "the_log_of_the_whole_suite"])
        .env(LOG_TO, &log)
        .env(KEYS_TO, &keys)
        .output()
        .unwrap();
    assert!(suite.status.success(), "{}", String::from_utf8_lossy(&suite.stdout));
    let log = std::fs::read_to_string(log).unwrap();
    let keys: BTreeSet<String> = std::fs::read_to_string(keys).unwrap().lines().map(str::to_owned).collect();
    assert!(keys.len() > 100 && log.contains("TRACE"), "{} keys, {} bytes of log", keys.len(), log.len());
    for secret in [SECRET_NAME, SECRET_VALUE] {
        assert!(!log.contains(secret), "{secret:?} is in the log");
    }
    for key in keys {
        assert_eq!(key.len(), 43);
        assert!(!log.contains(&key), "a key is in the log");
    }
}
