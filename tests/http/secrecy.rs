use std::sync::{Mutex, Once};

use rocket::http::CookieJar;
use rocket::{get, routes};
use rocket_diesel_sessions::{Result, Session};

use crate::site::Site;

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

struct Listener;

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}: {}\n", record.level(), record.target(), record.args());
        LOG.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}
