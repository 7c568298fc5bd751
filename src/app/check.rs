//! `check` and `check --deploy`: Django's system checks of sessions, in this project's terms.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use rocket::figment::Figment;

use super::profile;
use crate::db::{self, Config, Database};
use crate::{Engine, SameSite, Settings};

/// Something to mend before a site goes to the internet.
#[derive(Debug, PartialEq)]
struct Warning {
    /// Django's number, where Django has the same check.
    id: &'static str,
    what: &'static str,
    why: &'static str,
    /// The line for Rocket.toml, and the table that it belongs to.
    line: String,
}

/// Prints what is wrong. Status 1 where something is.
pub fn run(figment: &Figment, deploy: bool) -> ExitCode {
    let mut errors = Vec::new();
    let settings = Settings::extract(figment).map_err(|error| errors.push(error.to_string())).ok();
    match profile::check(figment) {
        Err(error) => errors.push(error),
        // Only where the key is one: Rocket's own words would quote a misspelt one.
        Ok(()) => errors.extend(rocket::Config::try_from(figment).err().map(|error| error.to_string())),
    }
    errors.extend(settings.as_ref().and_then(|settings| database(figment, settings).err()));
    let warnings = match settings.filter(|_| deploy) {
        Some(settings) => warnings(figment, &settings),
        None => Vec::new(),
    };

    println!("Profile `{}`:", figment.profile());
    for error in &errors {
        println!("\nerror: {error}");
    }
    for Warning { id, what, why, line } in &warnings {
        println!("\n{id}: {what}\n  {why}\n  {line}");
    }
    match errors.len() + warnings.len() {
        0 => {
            println!("nothing to mend.");
            ExitCode::SUCCESS
        }
        count => {
            println!("\n{count} to mend.");
            ExitCode::FAILURE
        }
    }
}

/// Whether a launch would find its database in order.
fn database(figment: &Figment, settings: &Settings) -> Result<(), String> {
    if settings.engine != Engine::Db {
        return Ok(());
    }
    let config = Config::extract(figment).map_err(|error| db::story(&error))?;
    if config.is_missing() {
        let path = config.path();
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        return match folder.filter(|folder| !folder.exists()) {
            Some(folder) => Err(format!("there is no folder {} for the database", folder.display())),
            None if settings.auto_migrate => Ok(()), // a launch makes it
            None => Err(format!("there is no database {}. Type `{}`", config.url, migrate(figment))),
        };
    }
    let database = Database::connect(&config).map_err(|error| db::story(&error))?;
    let pending = database.pending_migrations().map_err(|error| db::story(&error))?;
    match pending.is_empty() || settings.auto_migrate {
        true => Ok(()),
        false => Err(format!("pending migrations: {}. Type `{}`", pending.join(", "), migrate(figment))),
    }
}

/// The command that migrates this database, and no other.
fn migrate(figment: &Figment) -> String {
    let plain = |url: &String| url.chars().all(|c| c.is_ascii_alphanumeric() || "/._-:".contains(c));
    let database = match env::var("DATABASE_URL") {
        Ok(url) if plain(&url) => format!("DATABASE_URL={url} "),
        Ok(_) => "DATABASE_URL=… ".into(), // to be typed as it was, quotes and all
        Err(_) => String::new(),
    };
    format!("{database}ROCKET_PROFILE={} cargo run -- migrate", figment.profile())
}

/// Numbered as what Django warns of for the same reason: W009 to W016, W018. What Django does not have begins with S.
fn warnings(figment: &Figment, settings: &Settings) -> Vec<Warning> {
    // What teaches has nothing to do on the internet: what is said of it is for the profile that takes its place.
    let is_teaching = profile::is_teaching(figment.profile());
    let profile = if is_teaching { "release" } else { figment.profile().as_str().as_str() };
    let setting = |line: &str| format!("{line}  # under [{profile}.session]");
    let mut warnings = Vec::new();
    let mut warn = |when: bool, id, what, why, line| {
        if when {
            warnings.push(Warning { id, what, why, line });
        }
    };
    warn(
        is_teaching,
        "security.W018",
        "this profile teaches: its error pages tell what is wrong inside, and /inspect/ shows what happened.",
        "A stranger reads there where your database is, and each visitor the statements on it. Run with \
         ROCKET_PROFILE=release, or a profile of your own.",
        "[release]".into(),
    );
    warn(
        profile::has_published_key(figment),
        "security.W009",
        "the secret_key, or one of secret_key_fallbacks, is the one published with the tutorial.",
        "Everybody can make your site's cookies with it. Make one with `openssl rand -base64 32`.",
        format!("secret_key = \"…\"  # under [{profile}], or ROCKET_SECRET_KEY in the environment"),
    );
    warn(
        !settings.cookie_secure,
        "security.W012 (W010, W011)",
        "cookie_secure is false.",
        "The cookie travels over plain HTTP too, where anybody on the way can copy it (OWASP ASVS 3.4.1).",
        setting("cookie_secure = true"),
    );
    warn(
        !settings.cookie_httponly,
        "security.W015 (W013, W014)",
        "cookie_httponly is false.",
        "A script that somebody smuggles into a page can read the cookie (OWASP ASVS 3.4.2).",
        setting("cookie_httponly = true"),
    );
    warn(
        settings.cookie_samesite == SameSite::None,
        "security.W016",
        "cookie_samesite is None.",
        "Forms on other sites act in your visitors' names: SameSite is this project's defence against cross-site \
         request forgery (OWASP ASVS 3.4.3).",
        setting("cookie_samesite = \"Lax\""),
    );
    warn(
        settings.engine == Engine::Cookie,
        "sessions.S001",
        "engine is \"cookie\".",
        "A session can't be ended by the server: a copied cookie works until it expires, after a logout too.",
        setting("engine = \"db\""),
    );
    warn(
        settings.engine == Engine::Memory,
        "sessions.S002",
        "engine is \"memory\".",
        "A restart signs everybody out, and a second instance knows nobody.",
        setting("engine = \"db\""),
    );
    warn(
        settings.absolute_age.is_none(),
        "sessions.S003",
        "absolute_age is not set.",
        "A stolen session that is used again and again never ends (OWASP ASVS 3.3.2).",
        setting("absolute_age = \"30 days\""),
    );
    warn(
        settings.engine != Engine::Cookie && (settings.sweep_interval == Duration::ZERO || settings.sweep_batch == 0),
        "sessions.S004",
        "the sweeper is off.",
        "Expired sessions are kept for ever, unless something runs `clearsessions` on the table; in memory nothing \
         can.",
        setting("sweep_interval = \"1 hour\""),
    );
    warnings
}
