//! Settings, databases and mistakes in an application that stop a launch.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Serialized, Toml};
use rocket::local::blocking::Client;
use rocket::{Config, get, routes};
use rocket_diesel_sessions::db::{Config as DbConfig, Database};
use rocket_diesel_sessions::{MIGRATIONS, MemoryStore, PUBLISHED_KEY, Session, Sessions, Settings, checks};

/// Returns the message with which these settings are refused.
fn refusal(settings: &str) -> String {
    let figment = Figment::from(Toml::string(&format!("[default.session]\n{settings}")).nested());
    match Settings::extract(&figment) {
        Ok(settings) => panic!("accepted: {settings:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_invalid_setting_is_reported_with_its_value_and_what_is_allowed() {
    for (settings, expected) in [
        ("cookie_age = -5", ["cookie_age", "-5", "whole seconds"]),
        ("cookie_name = '__host-id'\ncookie_secure = false", ["cookie_name", "__host-id", "cookie_secure = true"]),
        ("cookie_domain = '.'", ["cookie_domain", "\".\"", "example.com"]),
        ("engine = 'redis'", ["engine", "redis", "memory"]),
        ("sweep_batch = 10001", ["sweep_batch", "10001", "0, that is off, to 10000"]),
        ("secret_key_fallbacks = ['short']", ["secret_key_fallbacks", "44 or 88", "base64"]),
        (
            "secret_key_fallbacks = ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=']",
            ["secret_key_fallbacks", "44 or 88", "a list"],
        ),
        ("secret_key_fallbacks = 'short'", ["secret_key_fallbacks", "44 or 88", "a list"]),
        ("cookie_age = 0", ["cookie_age = 0", "TOML", "1 second to 100 years"]),
        ("cookie_age = '200 years'", ["cookie_age", "6311520000", "1 second to 100 years"]),
        ("cookie_age = 1.5", ["cookie_age", "1.5", "whole seconds"]),
        ("cookie_age = '1500 ms'", ["cookie_age", "1500 ms", "whole seconds"]),
        ("cookie_age = 'soon'", ["cookie_age", "soon", "5 days"]),
        ("cookie_agee = 5", ["cookie_agee", "unknown field", "cookie_age"]),
        ("expire_at_browser_close = 'yes'", ["expire_at_browser_close", "yes", "boolean"]),
        ("cookie_name = ''", ["cookie_name", "\"\"", "letters"]),
        ("cookie_name = 'a b'", ["cookie_name", "a b", "letters"]),
        ("cookie_name = 'a=b'", ["cookie_name", "a=b", "letters"]),
        ("cookie_path = 'app'", ["cookie_path", "app", "begins with '/'"]),
        ("cookie_path = '/; Secure'", ["cookie_path", "; Secure", "without spaces"]),
        ("cookie_domain = ''", ["cookie_domain", "\"\"", "example.com"]),
        ("cookie_domain = 'a;b'", ["cookie_domain", "a;b", "example.com"]),
        ("cookie_samesite = 'lax'", ["cookie_samesite", "lax", "Lax"]),
        ("cookie_samesite = 'None'\ncookie_secure = false", ["cookie_samesite", "None", "cookie_secure = true"]),
        ("cookie_name = '__Host-id'\ncookie_secure = false", ["cookie_name", "__Host-id", "cookie_secure = true"]),
        ("cookie_name = '__Host-id'\ncookie_path = '/x'", ["cookie_name", "__Host-id", "cookie_path"]),
        ("cookie_name = '__Host-id'\ncookie_domain = 'a.b'", ["__Host-id", "no", "cookie_domain"]),
        ("cookie_name = '__Secure-id'\ncookie_secure = false", ["cookie_name", "__Secure-id", "cookie_secure = true"]),
        ("cookie_age = 60\nrefresh_interval = 60", ["refresh_interval", "60", "less than cookie_age"]),
        ("absolute_age = 0", ["absolute_age", "0", "1 second"]),
        ("max_size = 1", ["max_size", "1", "at least 2"]),
        ("max_size = -1", ["max_size", "-1", "usize"]),
    ] {
        let message = refusal(settings);
        for word in expected {
            assert!(message.contains(word), "{settings}: {word} is missing in: {message}");
        }
    }
}

#[test]
fn settings_have_djangos_defaults_and_accept_durations_as_text() {
    let settings = Settings::extract(&Figment::new()).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.cookie_age.as_secs(), 1_209_600);
    let figment = Figment::from(Toml::string("session.cookie_age = '1 week 2 days'"));
    assert_eq!(Settings::extract(&figment).unwrap().cookie_age.as_secs(), 9 * 24 * 60 * 60);
}

#[test]
fn cookies_are_secure_in_every_profile_but_debug_unless_a_setting_says_otherwise() {
    let is_secure = |profile: &str, toml: &str| {
        let figment = Figment::from(Config::debug_default()).merge(Toml::string(toml).nested()).select(profile);
        Settings::extract(&figment).unwrap().cookie_secure
    };
    for profile in ["release", "default", "five_days", "own"] {
        assert!(is_secure(profile, ""), "{profile}");
        assert!(is_secure(profile, "[default.session]\ncookie_age = 5"), "{profile}");
        assert!(!is_secure(profile, "[default.session]\ncookie_secure = false"), "{profile}");
    }
    assert!(!is_secure("debug", ""));
    assert!(!is_secure("debug", "[default.session]\ncookie_age = 5"));
    assert!(is_secure("debug", "[default.session]\ncookie_secure = true"));
}

#[test]
fn the_environment_overrides_one_setting_and_keeps_the_others() {
    let toml = Toml::string("[default.session]\ncookie_age = 5\ncookie_name = 'id'").nested();
    let environment = Serialized::global("session", rocket::figment::util::map!["cookie_age" => 300]);
    let settings = Settings::extract(&Figment::from(toml).merge(environment)).unwrap();
    assert_eq!((settings.cookie_age.as_secs(), settings.cookie_name.as_str()), (300, "id"));
}

#[test]
fn a_flat_name_that_rocket_would_ignore_is_refused_with_a_correction() {
    let figment = Figment::from(Serialized::global("session_cookie_age", 300));
    let message = Settings::extract(&figment).unwrap_err().to_string();
    assert!(message.contains("ROCKET_SESSION='{cookie_age=…}'"), "{message}");
}

#[test]
fn a_missing_or_invalid_database_is_reported() {
    for (toml, expected) in [
        ("", ["no database", "url = \"db.sqlite3\""]),
        ("databases.sessions = {}", ["url", "missing"]),
        ("databases.sessions.url = ''", ["databases.sessions.url", "path of a file"]),
        ("databases.sessions.url = ':memory:'", [":memory:", "need a file"]),
        ("databases.sessions.url = 'file::%6demory:'", ["%6demory:", "need a file"]),
        ("databases.sessions.url = 'file:?mode=rw'", ["file:?mode=rw", "the path of the file is missing"]),
        ("databases.sessions.url = 'mysql://app:hunter2@localhost/x'", ["\"mysql\"", "begins with postgres://"]),
        ("databases.sessions = { url = 'x', pool_size = 0 }", ["pool_size = 0", "1 to 1000"]),
        ("databases.sessions = { url = 'x', timeout = 0 }", ["timeout = 0", "1 to 1000"]),
        ("databases.sessions = { url = 'x', pool = 1 }", ["pool", "unknown field"]),
        ("databases.sessions = { url = 'x', synchronous = 'off' }", ["databases.sessions.synchronous", "`normal`"]),
    ] {
        let message = DbConfig::extract(&Figment::from(Toml::string(toml))).unwrap_err().to_string();
        for word in expected {
            assert!(message.contains(word), "{toml}: {word} is missing in: {message}");
        }
    }
    let message = Database::connect(&DbConfig::new("/no/such/folder/db.sqlite3")).err().unwrap().to_string();
    assert!(message.contains("/no/such/folder/db.sqlite3") && message.contains("can't be opened"), "{message}");
}

/// A server that does not exist: nothing listens at this port.
const NO_SERVER: &str = "postgres://app:hunter2@127.0.0.1:1/x?sslpassword=hunter2";

#[cfg(not(feature = "postgres"))]
#[test]
fn a_program_without_postgresql_says_with_which_feature_to_build_it() {
    let message = DbConfig::extract(&Figment::from(("databases.sessions.url", NO_SERVER))).unwrap_err().to_string();
    assert!(message.contains("`cargo run --features postgres`"), "{message}");
}

#[cfg(feature = "postgres")]
#[test]
fn a_server_that_can_t_be_reached_is_reported_without_a_user_and_a_password() {
    let message = Database::connect(&DbConfig::new(NO_SERVER)).err().unwrap().to_string();
    assert!(message.contains("\"postgres://127.0.0.1:1/x\" can't be opened"), "{message}");
    assert!(message.contains("refused") && !message.contains("hunter2") && !message.contains("app"), "{message}");
}

#[test]
fn a_pending_migration_stops_the_launch_if_auto_migrate_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let figment = Figment::from(("databases.sessions.url", folder.path().join("db.sqlite3")));
    let manual = figment.clone().merge(("session.auto_migrate", false));
    let message = Sessions::open(&manual).err().unwrap().to_string();
    assert!(message.contains("create_sessions") && message.contains("diesel migration run"), "{message}");
    Sessions::open(&figment).unwrap();
    Sessions::open(&manual).unwrap();
}

// The command is for `sqlite3`; `psql` has its own test.
#[test]
fn a_dropped_table_stops_the_launch_with_a_command_after_which_the_launch_makes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
    let figment = Figment::from(Config::debug_default()).merge(("databases.sessions.url", &path));
    Sessions::open(&figment).unwrap();
    let mut conn = SqliteConnection::establish(&path).unwrap();
    conn.batch_execute("DROP TABLE sessions").unwrap();
    let message = Sessions::open(&figment).err().unwrap().to_string();
    let command = message.split('`').nth(1).unwrap();
    let [_, file, _, sql, _] = <[&str; 5]>::try_from(command.split('"').collect::<Vec<_>>()).unwrap();
    assert!(message.contains("no table sessions") && command.starts_with("sqlite3 ") && file == path, "{message}");
    assert_eq!(checks::errors(&figment, &MIGRATIONS), [message.as_str()]);
    conn.batch_execute(sql).unwrap();
    assert_eq!(checks::errors(&figment, &MIGRATIONS), <[&str; 0]>::default());
    Sessions::open(&figment).unwrap();
    conn.batch_execute("SELECT owner FROM sessions").unwrap();
}

#[test]
fn programs_that_migrate_a_new_file_at_the_same_time_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let figment = Figment::from(("databases.sessions.url", folder.path().join("db.sqlite3")));
    let launch = || Database::connect(&DbConfig::extract(&figment)?)?.migrate(&MIGRATIONS);
    std::thread::scope(|scope| {
        let launches: Vec<_> = (0..8).map(|_| scope.spawn(launch)).collect();
        for launch in launches {
            launch.join().unwrap().unwrap();
        }
    });
}

#[get("/")]
fn index(_session: Session<'_>) {}

#[test]
fn a_session_guard_without_the_fairing_stops_the_launch() {
    let rocket = rocket::custom(Config::debug_default()).mount("/", routes![index]);
    let error = Client::debug(rocket).expect_err("the launch is refused");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{error}");
}

#[test]
fn an_invalid_setting_stops_the_launch() {
    let figment = Figment::from(Config::debug_default()).merge(("session.cookie_age", 0));
    let error = Client::debug(rocket::custom(figment).attach(Session::fairing())).expect_err("the launch is refused");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{error}");
}

#[test]
fn a_misspelt_or_misplaced_settings_table_stops_the_launch() {
    for toml in
        ["[session]\ncookie_secure = true", "[default.sessions]\ncookie_secure = true", "[default.Session]\na = 1"]
    {
        let message = Settings::extract(&Figment::from(Toml::string(toml).nested())).unwrap_err().to_string();
        assert!(message.contains("sets nothing") && message.contains("[default.session]"), "{toml}: {message}");
    }
}

/// Launches an application with the published secret key that only attaches the fairing.
fn launch_with_published_key(profile: &str, address: &str) -> Result<Client, Box<rocket::Error>> {
    let figment = Figment::from(Config::debug_default()).select(profile).merge(("session.engine", "memory"));
    let figment = figment.merge(("secret_key", PUBLISHED_KEY)).merge(("address", address));
    Client::untracked(rocket::custom(figment).attach(Session::fairing())).map_err(Box::new)
}

#[test]
fn a_server_with_the_published_key_serves_loopback_addresses_only() {
    for address in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
        launch_with_published_key("debug", address).expect(address);
    }
    for address in ["0.0.0.0", "::", "::ffff:0.0.0.0", "192.168.0.2"] {
        let error = launch_with_published_key("debug", address).expect_err(address);
        assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{address}: {error}");
        let figment = Figment::from(("secret_key", PUBLISHED_KEY)).select("debug").merge(("address", address));
        let message = checks::errors(&figment, &MIGRATIONS).join("\n");
        for word in ["published", "anybody", address, "ROCKET_ADDRESS=127.0.0.1", "openssl rand -base64 32"] {
            assert!(message.contains(word), "{address}: {word} is missing in: {message}");
        }
    }
}

#[test]
fn an_application_that_only_attaches_the_fairing_is_refused_with_the_published_key_outside_the_tutorial() {
    for profile in ["release", "own"] {
        let error = launch_with_published_key(profile, "127.0.0.1").expect_err(profile);
        assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{profile}: {error}");
    }
}

#[test]
fn a_custom_store_with_the_cookie_engine_stops_the_launch() {
    let figment = Figment::from(Config::debug_default()).merge(("session.engine", "cookie"));
    let fairing = Session::fairing().store(MemoryStore::default());
    let error = Client::debug(rocket::custom(figment).attach(fairing)).expect_err("the launch is refused");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{error}");
}

#[test]
fn error_messages_quote_no_secret() {
    for url in [NO_SERVER, "mysql://app:hunter2@127.0.0.1:1/x"] {
        let config = DbConfig::extract(&Figment::from(("databases.sessions.url", url)));
        let message = config.and_then(|config| Database::connect(&config)).err().unwrap().to_string();
        assert!(message.contains("databases.sessions.url") || message.contains("can't be opened"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    let figment = Figment::from(("session", "{secret_key_fallbacks=[\"hunter2\"}")); // as it comes from the environment
    let message = Settings::extract(&figment).unwrap_err().to_string();
    assert!(message.contains("session") && !message.contains("hunter2"), "{message}");
    let figment = Figment::from(("databases", "{sessions={url=\"postgres://app:hunter2@db/x\"}"));
    let message = DbConfig::extract(&figment).unwrap_err().to_string();
    assert!(message.contains("databases.sessions") && !message.contains("hunter2"), "{message}");
    for settings in ["'hunter2'", "['hunter2']", "{ old = 'hunter2' }", "[{ old = 'hunter2' }]"] {
        let message = refusal(&format!("secret_key_fallbacks = {settings}"));
        assert!(message.contains("secret_key_fallbacks") && !message.contains("hunter2"), "{settings}: {message}");
    }
}
