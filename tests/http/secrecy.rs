use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::Command;
use std::sync::{Mutex, Once};

use base64::Engine;

use rocket::http::CookieJar;
use rocket::{get, routes};
use rocket_diesel_sessions::app::profile::PUBLISHED_KEY;
use rocket_diesel_sessions::{Result, Session};

use crate::site::{OWN_KEY, Site};

#[get("/set")]
fn set(session: Session<'_>) -> Result<()> {
    session.insert("name", "Bipasha")
}

#[get("/cycle")]
fn cycle(session: Session<'_>) {
    session.cycle_key();
}

/// What only the server can read: the key.
#[get("/key")]
fn key(jar: &CookieJar<'_>, session: Session<'_>) -> String {
    let key = jar.get_private("sessionid").unwrap().value().to_owned();
    format!("{key} {}", session.handle().unwrap())
}

#[get("/debug")]
fn debug(session: Session<'_>) -> String {
    session.handle().unwrap()
}

#[rocket::async_test]
async fn the_key_is_neither_in_the_table_nor_in_the_log() {
    let site = Site::new(routes![set, cycle, key, debug]).await;
    let visitor = site.visitor();
    visitor.visit("/set").await;
    let first = visitor.visit("/key").await;
    visitor.visit("/cycle").await;
    let second = visitor.visit("/key").await;
    assert_ne!(first, second);

    let table = format!("{:?}", site.rows());
    for page in [first, second] {
        let (key, _) = page.split_once(' ').unwrap();
        assert_eq!(key.len(), 43);
        assert!(!table.contains(key), "a key is in the table");
        assert!(!LOG.lock().unwrap().contains(key), "a key is in the log");
    }
}

#[rocket::async_test]
async fn the_handle_is_the_tables_session_key_and_opens_nothing() {
    let site = Site::new(routes![set, key, debug]).await;
    let visitor = site.visitor();
    visitor.visit("/set").await;
    let page = visitor.visit("/key").await;
    let (_, handle) = page.split_once(' ').unwrap();
    assert_eq!(site.row().session_key, handle);
}

#[test]
fn the_log_of_the_whole_suite_at_trace_level_contains_no_key() {
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
    for key in keys {
        assert_eq!(key.len(), 43);
        assert!(!log.contains(&key), "a key is in the log");
    }
}

/// Where the suite writes its log, and every key that it saw, when it runs for the test above.
const LOG_TO: &str = "SESSIONS_TEST_LOG_TO";
const KEYS_TO: &str = "SESSIONS_TEST_KEYS_TO";

/// All that the suite logs, at trace level.
static LOG: Mutex<String> = Mutex::new(String::new());

pub fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_boxed_logger(Box::new(Listener)).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// Whether the log has a line that contains all of `words`.
pub fn log_says(words: &[&str]) -> bool {
    LOG.lock().unwrap().lines().any(|line| words.iter().all(|word| line.contains(word)))
}

/// Notes the key that a cookie carries, as only who has the secret key can.
pub fn note_key(cookie: &str) {
    let Some(file) = std::env::var_os(KEYS_TO) else { return };
    let cookie = cookie::Cookie::parse_encoded(format!("sessionid={cookie}")).unwrap().into_owned();
    let mut jar = cookie::CookieJar::new();
    jar.add_original(cookie);
    for secret in [OWN_KEY, PUBLISHED_KEY] {
        let secret = base64::engine::general_purpose::STANDARD.decode(secret).unwrap();
        if let Some(cookie) = jar.private(&cookie::Key::derive_from(&secret)).get("sessionid") {
            let sealed = serde_json::from_str::<serde_json::Value>(cookie.value()).ok();
            let key = sealed.as_ref().and_then(|sealed| sealed["k"].as_str()).unwrap_or(cookie.value());
            append(&file, &format!("{key}\n"));
        }
    }
}

fn append(file: &OsStr, line: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

struct Listener;

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}: {}\n", record.level(), record.target(), record.args());
        LOG.lock().unwrap().push_str(&line);
        if let Some(file) = std::env::var_os(LOG_TO) {
            append(&file, &line);
        }
    }

    fn flush(&self) {}
}
