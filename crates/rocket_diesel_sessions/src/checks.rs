//! What is wrong with a configuration, as data: Django's system checks for sessions.
//!
//! The command `check` prints it. An application without that command can ask here.
//!
//! ```
//! use rocket::figment::{Figment, providers::{Format, Toml}};
//! use rocket_diesel_sessions::checks;
//!
//! let figment = Figment::from(Toml::string("session.cookie_httponly = false"));
//! let ids: Vec<&str> = checks::deploy_warnings(&figment).iter().map(|warning| warning.id).collect();
//! assert!(ids.contains(&"security.W015 (W013, W014)"));
//! ```

use std::time::Duration;

use diesel_migrations::EmbeddedMigrations;
use rocket::figment::Figment;
use serde::Serialize;

use crate::cross_origin::{ExemptPath, Policy, TrustedOrigin};
use crate::db::{Config, Database};
use crate::error_text::error_chain;
use crate::launch::{refuse_dropped_tables, refuse_pending};
use crate::settings::{Engine, SameSite, Settings, check_secret_key, has_published_key, is_teaching_profile};

/// A setting that is not safe for a site on the internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// Django's number, if Django has the same check. Numbers of other checks begin with `sessions.S`.
    pub id: &'static str,
    /// What is wrong.
    pub problem: &'static str,
    /// What can happen.
    pub reason: &'static str,
    /// The line for Rocket.toml, and the table that it belongs to.
    pub advice: String,
}

/// Returns everything that would stop a launch: wrong settings, a secret key that anybody may know, a database that is
/// away, not migrated, or without a table that somebody has dropped. `migrations` are the application's own; pass
/// [`&MIGRATIONS`](crate::MIGRATIONS) if it has none.
///
/// This opens the database and blocks its thread for as long as another program holds a lock, up to the `timeout`.
pub fn errors(figment: &Figment, migrations: &EmbeddedMigrations) -> Vec<String> {
    let mut errors = Vec::new();
    let settings = Settings::extract(figment).map_err(|error| errors.push(error.to_string())).ok();
    match check_secret_key(figment) {
        Err(error) => errors.push(error),
        // Only if the key is valid: the error of Rocket would quote a misspelt one.
        Ok(()) => errors.extend(rocket::Config::try_from(figment).err().map(|error| error.to_string())),
    }
    errors.extend(Policy::extract(figment).err().map(|error| error.to_string()));
    errors.extend(settings.and_then(|settings| check_database(figment, &settings, migrations).err()));
    errors
}

/// Checks whether a launch would find its database in order.
fn check_database(figment: &Figment, settings: &Settings, migrations: &EmbeddedMigrations) -> Result<(), String> {
    if settings.engine != Engine::Db {
        return Ok(());
    }
    let config = Config::extract(figment).map_err(|error| error_chain(&error))?;
    if config.is_missing() {
        return match config.missing_folder() {
            Some(folder) => Err(format!("there is no folder {} for the database", folder.display())),
            None if settings.auto_migrate => Ok(()), // a launch makes it
            None => Err(format!(
                "there is no database {}. Type `ROCKET_PROFILE={} cargo run -- migrate`",
                config.url,
                figment.profile()
            )),
        };
    }
    let database = Database::connect(&config).map_err(|error| error_chain(&error))?;
    let refused = refuse_dropped_tables(&database, &config).and_then(|()| match settings.auto_migrate {
        true => Ok(()), // a launch applies them
        false => refuse_pending(&database, figment, [migrations]),
    });
    refused.map_err(|error| error_chain(&error))
}

/// Returns the settings that are not safe for a site on the internet. Empty if the settings can't be read: then
/// [`errors`] says why. Only the program knows which fairings it attaches: without
/// [`CrossOrigin`](crate::CrossOrigin), a launch outside of the teaching profiles says so.
///
/// The numbers are Django's: W003, W009 to W016 and W018. What Django does not check has a number that begins with S.
pub fn deploy_warnings(figment: &Figment) -> Vec<Warning> {
    let Ok(settings) = Settings::extract(figment) else { return Vec::new() };
    // A teaching profile does not belong on the internet. The advice is for the profile that replaces it.
    let is_teaching = is_teaching_profile(figment.profile());
    let profile = if is_teaching { "release" } else { figment.profile().as_str().as_str() };
    let setting = |line: &str| format!("{line}  # under [{profile}.session]");
    let mut warnings = Vec::new();
    let mut warn = |applies: bool, id, problem, reason, advice| {
        if applies {
            warnings.push(Warning { id, problem, reason, advice });
        }
    };
    warn(
        is_teaching,
        "security.W018",
        "this profile is for development.",
        "The published secret key is allowed in it, and SecurityHeaders sends no HSTS. In the tutorial's program, error \
         pages and /inspect/ also show strangers where your database is and which statements run on it. Run with \
         ROCKET_PROFILE=release, or a profile of your own.",
        "[release]".into(),
    );
    warn(
        has_published_key(figment),
        "security.W009",
        "the secret_key, or one of secret_key_fallbacks, is the one published with the tutorial.",
        "Everybody can make cookies of your site with it. Make another one with `openssl rand -base64 32`.",
        format!("secret_key = \"…\"  # under [{profile}], or ROCKET_SECRET_KEY in the environment"),
    );
    warn(
        !settings.cookie_secure,
        "security.W012 (W010, W011)",
        "cookie_secure is false.",
        "Browsers send the cookie over plain HTTP too, and anybody on the network can copy it (OWASP ASVS 5.0, 3.3.1).",
        setting("cookie_secure = true"),
    );
    warn(
        !settings.has_name_prefix("__Host-") && !settings.has_name_prefix("__Secure-"),
        "sessions.S005",
        "cookie_name has no prefix.",
        "A page of a subdomain, or anybody on the network, can put a cookie of this name into a visitor's browser. Browsers \
         prevent that if the name begins with __Host- or, for a cookie with a Domain or a Path, __Secure- (OWASP ASVS 5.0, \
         3.3.1 and 3.3.3).",
        setting(if settings.is_host_only() {
            "cookie_name = \"__Host-sessionid\""
        } else {
            "cookie_name = \"__Secure-sessionid\""
        }),
    );
    warn(
        !settings.cookie_httponly,
        "security.W015 (W013, W014)",
        "cookie_httponly is false.",
        "If somebody gets a script into one of your pages, the script can read the cookie (OWASP ASVS 5.0, 3.3.4).",
        setting("cookie_httponly = true"),
    );
    warn(
        settings.cookie_samesite == SameSite::None,
        "security.W016",
        "cookie_samesite is None.",
        "Browsers send the cookie with forms and images of other sites too. SameSite is the second defence against \
         cross-site request forgery, after CrossOrigin (OWASP ASVS 5.0, 3.3.2).",
        setting("cookie_samesite = \"Lax\""),
    );
    let cross_origin = Policy::extract(figment).unwrap_or_default();
    warn(
        cross_origin.exempt_paths.iter().any(ExemptPath::is_everything),
        "security.W003",
        "cross_origin.exempt_paths exempts every path.",
        "Forms on other sites can act in the name of your visitors (OWASP ASVS 5.0, 3.5.1). Name the paths that other \
         programs call.",
        format!("exempt_paths = [\"POST /hooks/<..>\"]  # under [{profile}.cross_origin]"),
    );
    warn(
        cross_origin.trusted_origins.iter().any(TrustedOrigin::is_plain_http),
        "sessions.S006",
        "cross_origin.trusted_origins has an origin that begins with http://.",
        "Anybody on the network of a visitor can put a form into such a page (OWASP ASVS 5.0, 3.5.1).",
        format!("trusted_origins = [\"https://…\"]  # under [{profile}.cross_origin]"),
    );
    warn(
        settings.engine == Engine::Cookie,
        "sessions.S001",
        "engine is \"cookie\".",
        "The server can't end a session: a copied cookie works until it expires, even after a logout.",
        setting("engine = \"db\""),
    );
    warn(
        settings.engine == Engine::Memory,
        "sessions.S002",
        "engine is \"memory\".",
        "A restart signs everybody out, and a second instance does not know the sessions of the first.",
        setting("engine = \"db\""),
    );
    warn(
        settings.absolute_age.is_none(),
        "sessions.S003",
        "absolute_age is not set.",
        "A stolen session never ends if it is used regularly (OWASP ASVS 5.0, 7.3.2).",
        setting("absolute_age = \"30 days\""),
    );
    warn(
        settings.engine != Engine::Cookie && (settings.sweep_interval == Duration::ZERO || settings.sweep_batch == 0),
        "sessions.S004",
        "the sweeper is off.",
        "Expired sessions are kept forever, unless somebody runs `clearsessions`. In memory nobody can.",
        setting("sweep_interval = \"1 hour\""),
    );
    warnings
}
