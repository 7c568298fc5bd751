mod check;
mod choice;
mod fallback;
mod seconds;
mod terms;

pub use choice::{Engine, SameSite};
pub use fallback::FallbackKey;

use std::time::Duration;

use rocket::figment::Figment;
use rocket::serde::Deserialize;

use crate::db;

/// `[default.session]` of Rocket.toml: how long sessions last and what their cookie looks like.
///
/// The names are Django's without `SESSION_`. A profile overrides the default, and `ROCKET_SESSION='{cookie_age=300}'`
/// in the environment overrides both. A duration is a whole number of seconds or a text such as `"5 days"`. An unknown
/// name in it, a value that is not allowed or two settings that forbid each other stop the launch.
///
/// ```
/// use std::time::Duration;
/// use rocket::figment::{Figment, providers::{Format, Toml}};
/// use rocket_diesel_sessions::Settings;
///
/// let figment = Figment::from(Toml::string("session.cookie_age = '5 days'"));
/// let settings = Settings::extract(&figment).unwrap();
/// assert_eq!(settings.cookie_age, Duration::from_secs(432_000));
///
/// let figment = Figment::from(Toml::string("session.cookie_age = -1"));
/// let error = Settings::extract(&figment).unwrap_err().to_string();
/// assert!(error.contains("cookie_age") && error.contains("-1"), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(crate = "rocket::serde", default, deny_unknown_fields, expecting = "a table such as {cookie_age=300}")]
#[non_exhaustive]
pub struct Settings {
    /// Where sessions are kept: `"db"`, `"cookie"` or `"memory"`. Default: `"db"`. Django: `SESSION_ENGINE`.
    pub engine: Engine,

    /// How long a session lives after its last save, and its cookie's Max-Age. Default: 1209600 seconds, two weeks.
    /// Browsers cut a cookie's age at 400 days. Django: `SESSION_COOKIE_AGE`.
    #[serde(deserialize_with = "seconds::required")]
    pub cookie_age: Duration,

    /// Whether the cookie ends with the browser: it then has neither Max-Age nor Expires. The row still lives
    /// `cookie_age`. Default: false. Django: `SESSION_EXPIRE_AT_BROWSER_CLOSE`.
    pub expire_at_browser_close: bool,

    /// Whether each request of a visitor with a session counts as activity and renews it, at most once per
    /// `refresh_interval`; not one that fails, whose cookies Rocket drops. Default: false, only a save renews. Django:
    /// `SESSION_SAVE_EVERY_REQUEST`.
    pub save_every_request: bool,

    /// The cookie's name: letters, digits, `-`, `_` and `.`. Default: `"sessionid"`. With the prefix `__Host-` the
    /// browser itself sees to it that no subdomain sets the cookie (RFC 6265bis, 4.1.3). Django: `SESSION_COOKIE_NAME`.
    pub cookie_name: String,

    /// The path that the cookie is sent to. Default: `"/"`. Django: `SESSION_COOKIE_PATH`.
    pub cookie_path: String,

    /// The domain that the cookie is sent to, with its subdomains. Default: none, the host alone. Django:
    /// `SESSION_COOKIE_DOMAIN`.
    pub cookie_domain: Option<String>,

    /// Whether the cookie travels over HTTPS only. Default: false, so that `http://localhost` works; true where Rocket
    /// itself speaks TLS. Behind a proxy that speaks TLS, set it (OWASP ASVS 3.4.1). Django: `SESSION_COOKIE_SECURE`.
    pub cookie_secure: bool,

    /// Whether the cookie is hidden from JavaScript. Default: true (OWASP ASVS 3.4.2). Django:
    /// `SESSION_COOKIE_HTTPONLY`.
    pub cookie_httponly: bool,

    /// Whether other sites' requests carry the cookie. Default: `"Lax"` (OWASP ASVS 3.4.3). Django:
    /// `SESSION_COOKIE_SAMESITE`.
    pub cookie_samesite: SameSite,

    /// A renewal that would move the expire date by less than this is left out, so that reading costs no writes.
    /// Default: 60 seconds. In effect never more than a tenth of the session's lifetime. Django: none.
    #[serde(deserialize_with = "seconds::optional")]
    pub refresh_interval: Option<Duration>,

    /// How long a session lives at the most, whatever its activity; it caps every expiry. A login begins it anew.
    /// Default: none (OWASP ASVS 3.3.2 asks for one). Django: none.
    #[serde(deserialize_with = "seconds::optional")]
    pub absolute_age: Option<Duration>,

    /// How often expired records are cleared, give or take a half; the first time within a tenth of it after the
    /// launch. Default: 1 hour; 0 is off. Django: `clearsessions` by cron.
    #[serde(deserialize_with = "seconds::required")]
    pub sweep_interval: Duration,

    /// How many records are cleared in one transaction, so that no writer waits long. Default: 1000, at most 10000; 0
    /// is off. Django: none.
    pub sweep_batch: usize,

    /// What `secret_key` was before, the newest first: cookies under these keys are read, and sent again under the new
    /// one. Default: none. Django: `SECRET_KEY_FALLBACKS`.
    #[serde(deserialize_with = "fallback::list")]
    pub secret_key_fallbacks: Vec<FallbackKey>,

    /// How long a session's data may be, in bytes of JSON. Default: 65536, that is 64 KiB. Django: none.
    pub max_size: usize,

    /// Whether a launch applies the migration of the `sessions` table. Default: true. Where it is false, a pending
    /// migration stops the launch. Django: `manage.py migrate`, by hand.
    pub auto_migrate: bool,
}

/// Why [`Settings::extract`] refused: which setting, where, and what is allowed.
///
/// ```
/// use rocket::figment::Figment;
/// use rocket_diesel_sessions::Settings;
///
/// let refused = Settings::extract(&Figment::from(("session.cookie_age", 0))).unwrap_err();
/// assert_eq!(refused.to_string().split(", in").next(), Some("session.cookie_age = 0: allowed is 1 second to 100 years"));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(String);

impl InvalidSetting {
    pub(crate) fn new(reason: &str) -> Self {
        Self(reason.to_owned())
    }
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
            cookie_secure: false,
            cookie_httponly: true,
            cookie_samesite: SameSite::Lax,
            refresh_interval: None,
            absolute_age: None,
            sweep_interval: Duration::from_secs(60 * 60),
            sweep_batch: 1000,
            secret_key_fallbacks: Vec::new(),
            max_size: 64 * 1024,
            auto_migrate: true,
        }
    }
}

impl Settings {
    /// Reads and checks the settings of the figment's profile. Without a table `session`, all is default.
    ///
    /// ```
    /// use rocket::figment::Figment;
    /// use rocket_diesel_sessions::Settings;
    ///
    /// assert_eq!(Settings::extract(&Figment::new()).unwrap(), Settings::default());
    /// assert!(Settings::extract(&Figment::from(("session.cookie_agee", 300))).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The first setting that is unknown, has a value that is not allowed, or forbids another.
    pub fn extract(figment: &Figment) -> Result<Self, InvalidSetting> {
        check::refuse_near_misses(figment)?;
        let mut settings = match figment.contains("session") {
            true => figment.extract_inner("session").map_err(|error| InvalidSetting(db::describe("session", error)))?,
            false => Self::default(),
        };
        // Rocket sets Secure by itself where it speaks TLS, but not on a removal.
        settings.cookie_secure |= rocket::Config::try_from(figment).is_ok_and(|config| config.tls_enabled());
        check::check(&settings).map_err(|refused| refused.into_invalid(figment))?;
        Ok(settings)
    }
}
