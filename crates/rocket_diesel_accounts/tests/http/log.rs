use std::sync::{Mutex, Once};

/// What was logged, without Rocket's most detailed level. That prints each field of a form.
static LOG: Mutex<String> = Mutex::new(String::new());

/// Starts to capture the log. Later calls have no effect.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ::log::set_boxed_logger(Box::new(LogCapture)).unwrap();
        ::log::set_max_level(::log::LevelFilter::Debug);
    });
}

/// Returns the lines of the log that contain a text. The tests run in parallel, so it should be one of its own.
pub fn lines_with(text: &str) -> Vec<String> {
    LOG.lock().unwrap().lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

struct LogCapture;

impl ::log::Log for LogCapture {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &::log::Record<'_>) {
        // The compiler of templates and other crates have much to say.
        if !["rocket", "http::"].iter().any(|own| record.target().starts_with(own)) {
            return;
        }
        let line = format!("{} {}: {}\n", record.level(), record.target(), record.args());
        LOG.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}
