//! The tutorial's profiles, and the secret key that only they may use.

use std::net::IpAddr;

use rocket::Config;
use rocket::config::SecretKey;
use rocket::figment::{Figment, Profile};

/// The profiles of the tutorial. Only they may use the published secret key, explain the cause on error pages and show
/// `/inspect/`.
pub const TEACHING_PROFILES: [&str; 3] = ["debug", "five_days", "browser_close"];

/// The secret key in `[default]` of the tutorial's Rocket.toml. It is there so that the tutorial's sessions survive a
/// restart. Everybody knows it, so everybody can make cookies with it: a server that uses it serves loopback addresses only.
pub const PUBLISHED_KEY: &str = "cHVibGlzaGVkIHdpdGggdGhlIHR1dG9yaWFsOiBuaWw=";

/// Returns whether the profile is one of [`TEACHING_PROFILES`].
pub fn is_teaching_profile(profile: &Profile) -> bool {
    TEACHING_PROFILES.iter().any(|teaching| profile == *teaching)
}

/// Refuses the published secret key, or none, outside the teaching profiles. In a teaching profile, refuses the published
/// key if other machines can reach the server. The error says how to make another key.
pub(crate) fn check_secret_key(figment: &Figment) -> Result<(), String> {
    let profile = figment.profile();
    let key = secret_key(figment)?;
    if is_teaching_profile(profile) {
        return match reachable_address(figment) {
            Some(address) if has_published_key(figment) => Err(format!(
                "other machines can reach the address {address}, and the secret key is the one published with the \
                 tutorial: anybody could make cookies of this server. Serve this machine only, with \
                 ROCKET_ADDRESS=127.0.0.1. Or make a key of your own with `openssl rand -base64 32`, and set it as \
                 ROCKET_SECRET_KEY in the environment or as secret_key under [{profile}] in Rocket.toml."
            )),
            _ => Ok(()),
        };
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
        TEACHING_PROFILES.join(", ")
    ))
}

/// Returns the address of the server if it is not one of this machine alone.
fn reachable_address(figment: &Figment) -> Option<IpAddr> {
    let address: IpAddr = figment.extract_inner(Config::ADDRESS).ok()?;
    // `::ffff:127.0.0.1` is 127.0.0.1.
    (!address.to_canonical().is_loopback()).then_some(address)
}

/// Returns whether the published key is the secret key or one of its fallbacks, in any form.
pub(crate) fn has_published_key(figment: &Figment) -> bool {
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
        // The error of figment would quote the key, which may have one wrong character only.
        "the secret_key is not one: allowed are 44 or 88 characters of base64, or 64 of hex. Make one with \
         `openssl rand -base64 32`"
            .into()
    })
}
