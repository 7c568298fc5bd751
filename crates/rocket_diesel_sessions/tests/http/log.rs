use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{Mutex, Once};

use rocket::http::Cookie;
use rocket::local::asynchronous::Client;

/// Environment variables with the names of two files. If they are set, the suite writes its log into the first file and
/// every session key into the second. The test in `secrecy` sets them, and checks that the log contains no key.
pub const LOG_TO: &str = "SESSIONS_TEST_LOG_TO";
pub const KEYS_TO: &str = "SESSIONS_TEST_KEYS_TO";

/// Everything that was logged, at every level.
static LOG: Mutex<String> = Mutex::new(String::new());

/// Starts to capture the log. Later calls have no effect.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ::log::set_boxed_logger(Box::new(LogCapture)).unwrap();
        ::log::set_max_level(::log::LevelFilter::Trace);
        ::log::trace!("the tests capture the log at every level");
    });
}

/// Returns whether the log has a line that contains all of `words`.
pub fn contains_line(words: &[&str]) -> bool {
    LOG.lock().unwrap().lines().any(|line| words.iter().all(|word| line.contains(word)))
}

/// Appends the session key in a cookie to the file for keys, if there is one. `client` decrypts the cookie with the
/// application's secret key.
pub fn record_key(client: &Client, cookie: &str) {
    let Some(file) = std::env::var_os(KEYS_TO) else { return };
    let request = client.get("/").cookie(Cookie::parse_encoded(format!("sessionid={cookie}")).unwrap());
    if let Some(cookie) = request.inner().cookies().get_private("sessionid") {
        // With the engine "cookie", the key is in a JSON object.
        let content = serde_json::from_str::<serde_json::Value>(cookie.value()).ok();
        let key = content.as_ref().and_then(|content| content["k"].as_str()).unwrap_or(cookie.value());
        append(&file, &format!("{key}\n"));
    }
}

fn append(file: &OsStr, line: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

struct LogCapture;

impl ::log::Log for LogCapture {
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
