//! The profiles that teach, and what only they may do.

use rocket::Config;
use rocket::config::SecretKey;
use rocket::fairing::AdHoc;
use rocket::figment::{Figment, Profile};

/// The profiles of the tutorial. They run with the published secret key, explain their error pages and have
/// `/inspect/`; no other does.
pub const TEACHING: [&str; 3] = ["debug", "five_days", "browser_close"];

/// The secret key that stands in `[default]` of Rocket.toml, so that the tutorial's sessions survive a restart.
/// Everybody has it: with it, anybody can make a cookie.
pub const PUBLISHED_KEY: &str = "cHVibGlzaGVkIHdpdGggdGhlIHR1dG9yaWFsOiBuaWw=";

/// Whether the profile is one of the tutorial's.
///
/// ```
/// use rocket_diesel_sessions::app::profile::is_teaching;
///
/// assert!(is_teaching(&"five_days".into()));
/// assert!(!is_teaching(&"release".into()));
/// ```
pub fn is_teaching(profile: &Profile) -> bool {
    TEACHING.iter().any(|teaching| profile == *teaching)
}

/// Stops the launch of every other profile that has the published secret key, or none.
///
/// ```
/// use rocket_diesel_sessions::app::profile;
///
/// let rocket = rocket::build().attach(profile::secret_key_check());
/// ```
pub fn secret_key_check() -> AdHoc {
    AdHoc::try_on_ignite("Secret key", |rocket| async {
        match check(rocket.figment()) {
            Ok(()) => Ok(rocket),
            Err(reason) => {
                rocket::error!("{reason}");
                Err(rocket)
            }
        }
    })
}

/// Whether the profile may run with its secret key; if not, why, and how to make another.
pub(super) fn check(figment: &Figment) -> Result<(), String> {
    let profile = figment.profile();
    let key = secret_key(figment)?;
    if is_teaching(profile) {
        return Ok(());
    }
    let problem = match key {
        Some(key) if key.is_provided() && !has_published_key(figment) => return Ok(()),
        Some(key) if key.is_provided() => {
            "the secret key that is published with the tutorial, or has it among its fallbacks"
        }
        _ => "no secret_key",
    };
    Err(format!(
        "the profile `{profile}` has {problem}: anybody could make its cookies. Make a key of your own with \
         `openssl rand -base64 32`, and set it as ROCKET_SECRET_KEY in the environment or as secret_key under \
         [{profile}] in Rocket.toml. (The tutorial's own profiles, {}, need none.)",
        TEACHING.join(", ")
    ))
}

/// Whether the published key is the secret key, or one of its fallbacks, in whatever form it is written.
pub(super) fn has_published_key(figment: &Figment) -> bool {
    let published = secret_key(&Figment::from((Config::SECRET_KEY, PUBLISHED_KEY))).ok().flatten();
    let fallbacks: Vec<SecretKey> = figment.extract_inner("session.secret_key_fallbacks").unwrap_or_default();
    let key = secret_key(figment).ok().flatten();
    key.into_iter().chain(fallbacks).any(|key| published.as_ref() == Some(&key))
}

fn secret_key(figment: &Figment) -> Result<Option<SecretKey>, String> {
    if !figment.contains(Config::SECRET_KEY) {
        return Ok(None);
    }
    figment.extract_inner(Config::SECRET_KEY).map(Some).map_err(|_| {
        // Not figment's own words: they quote a key that has one wrong character.
        "the secret_key is not one: allowed are 44 or 88 characters of base64, or 64 of hex. Make one with \
         `openssl rand -base64 32`"
            .into()
    })
}
