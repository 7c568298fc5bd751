//! Refuses values that the types of the settings allow and that make no sense.

use std::fmt::Debug;
use std::time::Duration;

use rocket::figment::Figment;
use rocket::figment::value::Dict;

use super::choices::{Engine, SameSite};
use super::fields::Settings;
use super::invalid::InvalidSetting;
use crate::error_text::{describe, place};

/// The name of the cookie that marks the changes of a request on their way through Rocket. It is never sent to a browser.
pub(crate) const MARKER_NAME: &str = "rocket_diesel_sessions_marker";

type Checked = Result<(), Refused>;

/// A setting with a value that is not allowed.
pub(super) struct Refused {
    name: &'static str,
    reason: String,
}

impl Refused {
    /// Adds the place where the value was found.
    pub fn into_invalid(self, figment: &Figment) -> InvalidSetting {
        let place = place(figment.find_metadata(&format!("session.{}", self.name)));
        InvalidSetting::new(format!("session.{}{place}", self.reason))
    }
}

pub(super) fn check(settings: &Settings) -> Checked {
    ages(settings)?;
    if settings.max_size < 2 {
        refuse("max_size", settings.max_size, "at least 2 bytes, those of an empty session")?;
    }
    if settings.sweep_batch > 10_000 {
        refuse("sweep_batch", settings.sweep_batch, "0, that is off, to 10000")?;
    }
    match settings.max_sessions_per_owner {
        Some(_) if settings.engine == Engine::Cookie => {
            refuse("max_sessions_per_owner", "set", "another engine than \"cookie\", which keeps no list of sessions")?;
        }
        Some(most) if !(1..=1000).contains(&most) => refuse("max_sessions_per_owner", most, "1 to 1000")?,
        _ => {}
    }
    attributes(settings)?;
    combinations(settings)
}

fn ages(settings: &Settings) -> Checked {
    /// A longer age is a mistake, and could leave the range of years.
    const LONGEST: Duration = Duration::from_secs(60 * 60 * 24 * 36_525);

    if settings.sweep_interval > LONGEST {
        refuse("sweep_interval", settings.sweep_interval.as_secs(), "0, that is off, to 100 years")?;
    }
    let ages = [
        ("cookie_age", Some(settings.cookie_age)),
        ("absolute_age", settings.absolute_age),
        ("anonymous_age", settings.anonymous_age),
    ];
    for (name, age) in ages.into_iter().filter_map(|(name, age)| Some((name, age?))) {
        if age.is_zero() || age > LONGEST {
            refuse(name, age.as_secs(), "1 second to 100 years")?;
        }
    }
    match settings.refresh_interval {
        Some(interval) if interval >= settings.cookie_age => refuse(
            "refresh_interval",
            interval.as_secs(),
            "less than cookie_age; more than a tenth of it counts as a tenth",
        ),
        _ => Ok(()),
    }
}

fn attributes(settings: &Settings) -> Checked {
    let Settings { cookie_name: name, cookie_path: path, cookie_domain, .. } = settings;
    let consists_of = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if name.is_empty() || !consists_of(name, "-_.") {
        refuse("cookie_name", name, "letters, digits, '-', '_' and '.', at least one of them")?;
    }
    if name == MARKER_NAME {
        refuse("cookie_name", name, "any other name, because the library uses this one itself")?;
    }
    if !path.starts_with('/') || !path.chars().all(|c| c.is_ascii_graphic() && c != ';') {
        refuse("cookie_path", path, "a path that begins with '/', without spaces and ';'")?;
    }
    match cookie_domain {
        Some(domain) if !consists_of(domain, "-.") || !domain.contains(|c: char| c.is_ascii_alphanumeric()) => {
            refuse("cookie_domain", domain, "a domain such as \"example.com\"; leave it out for the host alone")
        }
        _ => Ok(()),
    }
}

/// Refuses cookies that browsers would drop without a message.
fn combinations(settings: &Settings) -> Checked {
    let Settings { cookie_name: name, cookie_secure: secure, .. } = settings;
    if settings.cookie_samesite == SameSite::None && !secure {
        refuse("cookie_samesite", "None", "together with cookie_secure = true only, or browsers drop the cookie")?;
    }
    if settings.has_name_prefix("__Host-") && !(*secure && settings.is_host_only()) {
        let allowed = "the prefix __Host- together with cookie_secure = true, cookie_path = \"/\" and no cookie_domain \
                       only, or browsers drop the cookie";
        refuse("cookie_name", name, allowed)?;
    }
    if settings.has_name_prefix("__Secure-") && !secure {
        let allowed = "the prefix __Secure- together with cookie_secure = true only, or browsers drop the cookie";
        refuse("cookie_name", name, allowed)?;
    }
    Ok(())
}

impl Settings {
    /// Returns whether the name of the cookie begins with `prefix`. Browsers compare the prefixes without regard to case
    /// (RFC 6265bis, 5.7).
    pub(crate) fn has_name_prefix(&self, prefix: &str) -> bool {
        self.cookie_name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    }

    /// Returns whether browsers send the cookie to all pages of this host, and to no other host.
    pub(crate) fn is_host_only(&self) -> bool {
        self.cookie_path == "/" && self.cookie_domain.is_none()
    }
}

fn refuse(name: &'static str, found: impl Debug, allowed: &str) -> Checked {
    Err(Refused { name, reason: format!("{name} = {found:?}: allowed is {allowed}") })
}

/// Refuses misspelt places of a table that Rocket would ignore without a message: a security setting that has no effect is
/// worse than none. `ROCKET_SESSION_COOKIE_AGE=300` does not reach the table, `[session]` is a profile of that name, and
/// `[default.sessions]` is another table.
pub(super) fn refuse_near_misses(figment: &Figment, table: &str) -> Result<(), InvalidSetting> {
    let (plural, singular) = (format!("{table}s"), table.strip_suffix('s').unwrap_or(table));
    let is_near_miss = |name: &str| [table, &plural, singular].iter().any(|near| name.eq_ignore_ascii_case(near));
    let variable = format!("ROCKET_{}", table.to_ascii_uppercase());
    if let Some(profile) = figment.profiles().find(|profile| is_near_miss(profile.as_str().as_str())) {
        return Err(InvalidSetting::new(format!("[{profile}] sets nothing: write [default.{table}] in Rocket.toml")));
    }
    let names = figment.extract::<Dict>().map_err(|error| InvalidSetting::new(describe(table, error)))?;
    for name in names.keys().filter(|name| *name != table) {
        if is_near_miss(name) {
            return Err(InvalidSetting::new(format!(
                "`{name}` sets nothing: write [default.{table}] in Rocket.toml, or {variable}='{{…}}' into the environment"
            )));
        }
        if let Some(setting) = name.strip_prefix(table).and_then(|rest| rest.strip_prefix('_')) {
            return Err(InvalidSetting::new(format!(
                "`{name}` sets nothing: write `{setting} = …` under [default.{table}] of Rocket.toml, or \
                 {variable}='{{{setting}=…}}' into the environment"
            )));
        }
    }
    Ok(())
}
