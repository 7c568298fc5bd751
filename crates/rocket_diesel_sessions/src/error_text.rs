//! Turns errors into one line of text.

use std::error::Error;

use rocket::figment;
use rocket::figment::error::{Actual, Kind};

/// Returns an error and all its causes in one line, joined by colons. For the logs and commands of libraries and applications
/// that use this one.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Returns a configuration error with the full name of the setting, what is allowed and where the value was found.
///
/// figment lists the parts of a path in one order or the other, depending on where the value comes from, and its own
/// text calls a value from the environment `COOKIE_AGE.SESSION`. Settings lie one level below their table, so the right
/// order is known here.
pub(crate) fn describe(table: &str, error: figment::Error) -> String {
    let setting = error.path.iter().filter(|part| !table.split('.').any(|name| name == *part));
    let name: Vec<&str> = [table].into_iter().chain(setting.map(String::as_str)).collect();
    let reason = match error.kind {
        // The environment holds the whole table as one text, for example with a missing bracket. It may contain a
        // secret, so it is not quoted.
        Kind::InvalidType(Actual::Str(_), expected) if name.len() == 1 => {
            format!("invalid type: found a text, expected {expected}")
        }
        kind => kind.to_string(),
    };
    format!("{}: {reason}{}", name.join("."), place(error.metadata.as_ref()))
}

/// Returns where a value was found, for example ", in Rocket.toml".
pub(crate) fn place(metadata: Option<&figment::Metadata>) -> String {
    match metadata.map(|metadata| (&metadata.source, &metadata.name)) {
        Some((Some(source), _)) => format!(", in {source}"),
        Some((None, name)) => format!(", in {name}"),
        None => String::new(),
    }
}
