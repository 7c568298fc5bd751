//! The log as JSON: one object a line, on standard output.

use std::io::{self, Write};

use log::{Level, LevelFilter, Log, Metadata, Record};
use rocket::Config;
use rocket::config::LogLevel;
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::request_id;

/// What `log_format` in a profile of Rocket.toml may say, beside Rocket's own `log_level`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Rocket's own logger. The default.
    Text,
    Json,
}

impl LogFormat {
    /// Returns the setting, or why it is refused and where it was found.
    pub fn extract(figment: &Figment) -> Result<Self, String> {
        match figment.contains("log_format") {
            true => figment.extract_inner("log_format").map_err(|error| format!("log_format: {error}")),
            false => Ok(Self::Text),
        }
    }
}

/// Writes the log as JSON, if the configuration asks for it. Returns the configuration, then without colours. Call it before
/// `rocket::build()`, because the first logger of a process stays. A wrong value stops the launch later.
pub fn set_up_log(figment: Figment) -> Figment {
    if LogFormat::extract(&figment) != Ok(LogFormat::Json) {
        return figment;
    }
    if log::set_boxed_logger(Box::new(JsonLog)).is_ok() {
        // Rocket sets the level of its own logger only. It also reports a wrong level.
        log::set_max_level(figment.extract_inner(Config::LOG_LEVEL).unwrap_or(LogLevel::Normal).into());
    }
    figment.merge(Serialized::global(Config::CLI_COLORS, false))
}

/// Writes the lines that Rocket's own logger would write.
pub struct JsonLog;

impl Log for JsonLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let max = log::max_level();
        match ["hyper", "rustls", "r2d2"].iter().any(|name| metadata.target().starts_with(name)) {
            true => max == LevelFilter::Trace, // Rocket's level `debug`
            false => metadata.level() <= max || max != LevelFilter::Off && is_about_launch(metadata),
        }
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // If it fails, there is nobody left to tell.
            let _ = io::stdout().lock().write_all(line(record).as_bytes());
        }
    }

    fn flush(&self) {}
}

/// Returns a line of the log, with its line break.
pub fn line(record: &Record<'_>) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        time: String,
        level: &'a str,
        target: &'a str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    }
    // Rocket warns of its launch so that the line also appears at the level `critical`.
    let level = if is_about_launch(record.metadata()) { Level::Info } else { record.level() };
    let line = Line {
        time: OffsetDateTime::now_utc().truncate_to_millisecond().format(&Rfc3339).unwrap_or_default(),
        level: level.as_str(),
        target: record.target().trim_end_matches("::_"), // the mark of a line that Rocket indents
        message: record.args().to_string(),
        request_id: request_id::current(),
    };
    serde_json::to_string(&line).expect("texts become JSON") + "\n"
}

fn is_about_launch(metadata: &Metadata<'_>) -> bool {
    metadata.target().contains("rocket::launch")
}
