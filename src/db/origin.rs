//! Where a value of the configuration stands.

use rocket::figment;
use rocket::figment::error::{Actual, Kind};

/// A configuration error with the setting's full name, what is allowed and where it was found.
///
/// (figment gives a path's parts in one order or the other, depending on where the value comes from, and its own text
/// calls a value from the environment `COOKIE_AGE.SESSION`. Settings lie one level below their table, so the order is
/// known.)
pub(crate) fn describe(table: &str, error: figment::Error) -> String {
    let setting = error.path.iter().filter(|part| !table.split('.').any(|name| name == *part));
    let name: Vec<&str> = [table].into_iter().chain(setting.map(String::as_str)).collect();
    let reason = match error.kind {
        // A whole table that the environment has as a text, with a bracket missing: there may be a secret in it.
        Kind::InvalidType(Actual::Str(_), expected) if name.len() == 1 => {
            format!("invalid type: found a text, expected {expected}")
        }
        kind => kind.to_string(),
    };
    format!("{}: {reason}{}", name.join("."), place(error.metadata.as_ref()))
}

/// Where a value stands: ", in Rocket.toml".
pub(crate) fn place(metadata: Option<&figment::Metadata>) -> String {
    match metadata.map(|metadata| (&metadata.source, &metadata.name)) {
        Some((Some(source), _)) => format!(", in {source}"),
        Some((None, name)) => format!(", in {name}"),
        None => String::new(),
    }
}
