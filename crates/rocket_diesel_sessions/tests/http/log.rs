use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{Mutex, Once};

use rocket::http::Cookie;
use rocket::local::asynchronous::Client;

/// Files for the log and for every key, if the suite runs for the test that compares them.
pub const LOG_TO: &str = "SESSIONS_TEST_LOG_TO";
pub const KEYS_TO: &str = "SESSIONS_TEST_KEYS_TO";

/// Everything that the suite logs, at trace level.
static LOG: Mutex<String> = Mutex::new(String::new());

pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ::log::set_boxed_logger(Box::new(Listener)).unwrap();
        ::log::set_max_level(::log::LevelFilter::Trace);
        ::log::trace!("the tests listen at every level");
    });
}

/// Whether the log has a line that contains all of `words`.
pub fn says(words: &[&str]) -> bool {
    LOG.lock().unwrap().lines().any(|line| words.iter().all(|word| line.contains(word)))
}

/// Writes the key in a cookie to the file of the test above. Only the application can decrypt it.
pub fn note_key(client: &Client, cookie: &str) {
    let Some(file) = std::env::var_os(KEYS_TO) else { return };
    let request = client.get("/").cookie(Cookie::parse_encoded(format!("sessionid={cookie}")).unwrap());
    if let Some(cookie) = request.inner().cookies().get_private("sessionid") {
        // The engine "cookie" has the key in an object.
        let content = serde_json::from_str::<serde_json::Value>(cookie.value()).ok();
        let key = content.as_ref().and_then(|content| content["k"].as_str()).unwrap_or(cookie.value());
        append(&file, &format!("{key}\n"));
    }
}

fn append(file: &OsStr, line: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

struct Listener;

impl ::log::Log for Listener {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &::log::Record<'_>) {
        let line = format!("{} {}: {}\n", record.level(), record.target(), record.args());
        LOG.lock().unwrap().push_str(&line);
        if let Some(file) = std::env::var_os(LOG_TO) {
            append(&file, &line);
        }
    }

    fn flush(&self) {}
}
