use std::time::Duration;

use rocket::config::SecretKey;
use rocket::serde::Deserialize;
use rocket::serde::de::{Deserializer, Error};

use super::choices::{Engine, SameSite};
use super::duration;

/// `[default.session]` of Rocket.toml: how long sessions last and what their cookie looks like.
///
/// The names are Django's without `SESSION_`. A profile overrides the default, and `ROCKET_SESSION='{cookie_age=300}'`
/// in the environment overrides both. A duration is a whole number of seconds or a text such as `"5 days"`. An unknown
/// name, a value that is not allowed and two settings that exclude each other stop the launch.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(crate = "rocket::serde", default, deny_unknown_fields, expecting = "a table such as {cookie_age=300}")]
#[non_exhaustive]
pub struct Settings {
    /// Where sessions are kept: `"db"`, `"cookie"` or `"memory"`. Default: `"db"`. Django: `SESSION_ENGINE`.
    pub engine: Engine,

    /// How long a session lives after its last save, and the Max-Age of its cookie. Default: 1209600 seconds (two weeks).
    /// Browsers limit the age of a cookie to 400 days. Django: `SESSION_COOKIE_AGE`.
    #[serde(deserialize_with = "duration::required")]
    pub cookie_age: Duration,

    /// Whether the browser deletes the cookie when it closes. The cookie has neither Max-Age nor Expires then. The row
    /// still lives for `cookie_age`. Default: false. Django: `SESSION_EXPIRE_AT_BROWSER_CLOSE`.
    pub expire_at_browser_close: bool,

    /// Whether each request of a visitor with a session renews the session, at most once per `refresh_interval`. A
    /// request that fails does not, because Rocket drops its cookies. Default: false, so only a save renews. Django:
    /// `SESSION_SAVE_EVERY_REQUEST`.
    pub save_every_request: bool,

    /// The name of the cookie: letters, digits, `-`, `_` and `.`. Default: `"sessionid"`. If the name begins with
    /// `__Host-`, browsers don't let a subdomain set the cookie (RFC 6265bis, 4.1.3). Django: `SESSION_COOKIE_NAME`.
    pub cookie_name: String,

    /// The path below which browsers send the cookie. Default: `"/"`. Django: `SESSION_COOKIE_PATH`.
    pub cookie_path: String,

    /// The domain to which browsers send the cookie, with its subdomains. Default: none, which means this host alone.
    /// Django: `SESSION_COOKIE_DOMAIN`.
    pub cookie_domain: Option<String>,

    /// Whether browsers send the cookie over HTTPS only (OWASP ASVS 5.0, 3.3.1). Default: true. In Rocket's profile `debug`:
    /// false, so that `http://localhost` works, unless Rocket itself serves TLS. Django: `SESSION_COOKIE_SECURE`.
    pub cookie_secure: bool,

    /// Whether JavaScript can't read the cookie. Default: true (OWASP ASVS 5.0, 3.3.4). Django:
    /// `SESSION_COOKIE_HTTPONLY`.
    pub cookie_httponly: bool,

    /// Which requests from other sites carry the cookie. Default: `"Lax"` (OWASP ASVS 5.0, 3.3.2). Django:
    /// `SESSION_COOKIE_SAMESITE`.
    pub cookie_samesite: SameSite,

    /// A renewal that would move the expire date by less than this is skipped, so that reading seldom costs a write.
    /// Default: 60 seconds. Never more than a tenth of the session's lifetime takes effect. Django: none.
    #[serde(deserialize_with = "duration::optional")]
    pub refresh_interval: Option<Duration>,

    /// How long a session lives at most, however active its visitor is. It limits every expiry. A login starts it again.
    /// Default: none (OWASP ASVS 5.0, 7.3.2, asks for one). Django: none.
    #[serde(deserialize_with = "duration::optional")]
    pub absolute_age: Option<Duration>,

    /// How long a session without an owner lives at most. It limits every expiry, so that visitors who never sign in don't
    /// fill the table. Takes effect when a session is saved. Default: none. Django: none.
    #[serde(deserialize_with = "duration::optional")]
    pub anonymous_age: Option<Duration>,

    /// How many sessions one owner can have. A login beyond it ends the oldest one. Allowed: 1 to 1000. Default: none (OWASP
    /// ASVS 5.0, 7.1.2, asks for a decision). Django: none.
    pub max_sessions_per_owner: Option<usize>,

    /// How often expired records are deleted. Each interval is randomly up to a half longer or shorter, and the first one
    /// after the launch is at most a tenth. Default: 1 hour; 0 is off. Django: `clearsessions` by cron.
    #[serde(deserialize_with = "duration::required")]
    pub sweep_interval: Duration,

    /// How many expired records are deleted in one transaction at most, so that other writers don't wait long. Default:
    /// 1000, at most 10000; 0 is off. Django: none.
    pub sweep_batch: usize,

    /// Former values of `secret_key`, the newest first. Cookies that were encrypted with them are read, and sent again
    /// encrypted with the new key. Default: none. Django: `SECRET_KEY_FALLBACKS`.
    #[serde(deserialize_with = "keys")]
    pub secret_key_fallbacks: Vec<SecretKey>,

    /// The maximal size of a session's data, in bytes of JSON. Default: 65536 (64 KiB). Django: none.
    pub max_size: usize,

    /// Whether a launch applies pending migrations. Default: true. If false, a pending migration stops the launch.
    /// Django: `manage.py migrate`, by hand.
    pub auto_migrate: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            engine: Engine::Db,
            cookie_age: Duration::from_secs(60 * 60 * 24 * 7 * 2),
            expire_at_browser_close: false,
            save_every_request: false,
            cookie_name: "sessionid".into(),
            cookie_path: "/".into(),
            cookie_domain: None,
            cookie_secure: true,
            cookie_httponly: true,
            cookie_samesite: SameSite::Lax,
            refresh_interval: None,
            absolute_age: None,
            anonymous_age: None,
            max_sessions_per_owner: None,
            sweep_interval: Duration::from_secs(60 * 60),
            sweep_batch: 1000,
            secret_key_fallbacks: Vec::new(),
            max_size: 64 * 1024,
            auto_migrate: true,
        }
    }
}

/// Reads a list of keys. The error says what is allowed and not what was found: a misspelt secret is nearly the secret, and
/// errors get into logs.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SecretKey>, D::Error> {
    match Vec::<SecretKey>::deserialize(deserializer) {
        Ok(keys) if !keys.iter().any(SecretKey::is_zero) => Ok(keys),
        // Everybody knows a key of zeros.
        _ => Err(D::Error::custom(
            "allowed is a list of keys, [\"…\"], each of 44 or 88 characters of base64, or 64 of hex",
        )),
    }
}
