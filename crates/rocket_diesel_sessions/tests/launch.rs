//! What stops a launch: settings, the database, and how they are used.

use rocket::figment::Figment;
use rocket::figment::providers::{Format, Serialized, Toml};
use rocket::local::blocking::Client;
use rocket::{Config, get, routes};
use rocket_diesel_sessions::db::{Config as DbConfig, Database};
use rocket_diesel_sessions::{MIGRATIONS, MemoryStore, Session, Sessions, Settings};

fn refusal(settings: &str) -> String {
    let figment = Figment::from(Toml::string(&format!("[default.session]\n{settings}")).nested());
    match Settings::extract(&figment) {
        Ok(settings) => panic!("accepted: {settings:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_setting_that_is_not_allowed_is_named_with_its_value_and_what_is_allowed() {
    for (settings, words) in [
        ("cookie_age = -5", ["cookie_age", "-5", "whole seconds"]),
        ("cookie_name = '__host-id'", ["cookie_name", "__host-id", "cookie_secure = true"]),
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
        ("cookie_samesite = 'None'", ["cookie_samesite", "None", "cookie_secure = true"]),
        ("cookie_name = '__Host-id'", ["cookie_name", "__Host-id", "cookie_secure = true"]),
        (
            "cookie_name = '__Host-id'\ncookie_secure = true\ncookie_path = '/x'",
            ["cookie_name", "__Host-id", "cookie_path"],
        ),
        (
            "cookie_name = '__Host-id'\ncookie_secure = true\ncookie_domain = 'a.b'",
            ["__Host-id", "no", "cookie_domain"],
        ),
        ("cookie_name = '__Secure-id'", ["cookie_name", "__Secure-id", "cookie_secure = true"]),
        ("cookie_age = 60\nrefresh_interval = 60", ["refresh_interval", "60", "less than cookie_age"]),
        ("absolute_age = 0", ["absolute_age", "0", "1 second"]),
        ("max_size = 1", ["max_size", "1", "at least 2"]),
        ("max_size = -1", ["max_size", "-1", "usize"]),
    ] {
        let said = refusal(settings);
        for word in words {
            assert!(said.contains(word), "{settings}: {word} is missing in: {said}");
        }
    }
}

#[test]
fn every_setting_has_djangos_default_and_takes_a_text_for_a_duration() {
    let settings = Settings::extract(&Figment::new()).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.cookie_age.as_secs(), 1_209_600);
    let figment = Figment::from(Toml::string("session.cookie_age = '1 week 2 days'"));
    assert_eq!(Settings::extract(&figment).unwrap().cookie_age.as_secs(), 9 * 24 * 60 * 60);
}

#[test]
fn the_environment_overrides_one_setting_and_leaves_the_others() {
    let toml = Toml::string("[default.session]\ncookie_age = 5\ncookie_name = 'id'").nested();
    let environment = Serialized::global("session", rocket::figment::util::map!["cookie_age" => 300]);
    let settings = Settings::extract(&Figment::from(toml).merge(environment)).unwrap();
    assert_eq!((settings.cookie_age.as_secs(), settings.cookie_name.as_str()), (300, "id"));
}

#[test]
fn a_flat_name_that_rocket_would_ignore_is_refused_with_the_one_that_works() {
    let figment = Figment::from(Serialized::global("session_cookie_age", 300));
    let said = Settings::extract(&figment).unwrap_err().to_string();
    assert!(said.contains("ROCKET_SESSION='{cookie_age=…}'"), "{said}");
}

#[test]
fn a_database_that_is_missing_or_not_allowed_is_named() {
    for (toml, words) in [
        ("", ["no database", "url = \"db.sqlite3\""]),
        ("databases.sessions = {}", ["url", "missing"]),
        ("databases.sessions.url = ''", ["databases.sessions.url", "path of a file"]),
        ("databases.sessions.url = ':memory:'", [":memory:", "need a file"]),
        ("databases.sessions.url = 'file::%6demory:'", ["%6demory:", "need a file"]),
        ("databases.sessions.url = 'file:?mode=rw'", ["file:?mode=rw", "the path of the file is missing"]),
        ("databases.sessions.url = 'postgres://localhost/x'", ["\"postgres\"", "SQLite only"]),
        ("databases.sessions = { url = 'x', pool_size = 0 }", ["pool_size = 0", "1 to 1000"]),
        ("databases.sessions = { url = 'x', timeout = 0 }", ["timeout = 0", "1 to 1000"]),
        ("databases.sessions = { url = 'x', pool = 1 }", ["pool", "unknown field"]),
        ("databases.sessions = { url = 'x', synchronous = 'off' }", ["databases.sessions.synchronous", "`normal`"]),
    ] {
        let said = DbConfig::extract(&Figment::from(Toml::string(toml))).unwrap_err().to_string();
        for word in words {
            assert!(said.contains(word), "{toml}: {word} is missing in: {said}");
        }
    }
    let said = Database::connect(&DbConfig::new("/no/such/folder/db.sqlite3")).err().unwrap().to_string();
    assert!(said.contains("/no/such/folder/db.sqlite3") && said.contains("can't be opened"), "{said}");
}

#[test]
fn a_pending_migration_stops_a_launch_that_may_not_apply_it() {
    let folder = tempfile::tempdir().unwrap();
    let figment = Figment::from(("databases.sessions.url", folder.path().join("db.sqlite3")));
    let manual = figment.clone().merge(("session.auto_migrate", false));
    let said = Sessions::open(&manual).err().unwrap().to_string();
    assert!(said.contains("create_sessions") && said.contains("diesel migration run"), "{said}");
    Sessions::open(&figment).unwrap();
    Sessions::open(&manual).unwrap();
}

#[test]
fn two_programs_that_migrate_a_new_file_at_once_both_succeed() {
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
fn asks(_session: Session<'_>) {}

#[test]
fn a_guard_without_its_fairing_stops_the_launch() {
    let rocket = rocket::custom(Config::debug_default()).mount("/", routes![asks]);
    let error = Client::debug(rocket).expect_err("no launch");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{error}");
}

#[test]
fn a_wrong_setting_stops_the_launch() {
    let figment = Figment::from(Config::debug_default()).merge(("session.cookie_age", 0));
    let error = Client::debug(rocket::custom(figment).attach(Session::fairing())).expect_err("no launch");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{error}");
}

#[test]
fn a_near_miss_of_the_settings_table_stops_the_launch() {
    for toml in
        ["[session]\ncookie_secure = true", "[default.sessions]\ncookie_secure = true", "[default.Session]\na = 1"]
    {
        let said = Settings::extract(&Figment::from(Toml::string(toml).nested())).unwrap_err().to_string();
        assert!(said.contains("sets nothing") && said.contains("[default.session]"), "{toml}: {said}");
    }
}

#[test]
fn a_store_of_the_programs_own_and_the_engine_cookie_exclude_each_other() {
    let figment = Figment::from(Config::debug_default()).merge(("session.engine", "cookie"));
    let fairing = Session::fairing().store(MemoryStore::default());
    let error = Client::debug(rocket::custom(figment).attach(fairing)).expect_err("no launch");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::FailedFairings(_)), "{error}");
}

#[test]
fn no_secret_is_quoted_by_a_refusal() {
    let figment = Figment::from(("databases.sessions.url", "postgres://app:hunter2@db/x"));
    let said = DbConfig::extract(&figment).unwrap_err().to_string();
    assert!(!said.contains("hunter2"), "{said}");
    let figment = Figment::from(("session", "{secret_key_fallbacks=[\"hunter2\"}")); // as from the environment
    let said = Settings::extract(&figment).unwrap_err().to_string();
    assert!(said.contains("session") && !said.contains("hunter2"), "{said}");
    let figment = Figment::from(("databases", "{sessions={url=\"postgres://app:hunter2@db/x\"}"));
    let said = DbConfig::extract(&figment).unwrap_err().to_string();
    assert!(said.contains("databases.sessions") && !said.contains("hunter2"), "{said}");
    for settings in ["'hunter2'", "['hunter2']", "{ old = 'hunter2' }", "[{ old = 'hunter2' }]"] {
        let said = refusal(&format!("secret_key_fallbacks = {settings}"));
        assert!(said.contains("secret_key_fallbacks") && !said.contains("hunter2"), "{settings}: {said}");
    }
}
