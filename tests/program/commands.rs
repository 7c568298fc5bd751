use diesel::prelude::*;
use rocket_diesel_sessions::schema::sessions;
use time::macros::datetime;

use crate::binary::{OWN_KEY, Program};

fn release() -> Program {
    Program::new("release").env("ROCKET_SECRET_KEY", OWN_KEY)
}

#[test]
fn migrate_applies_what_is_pending_and_says_what_it_was() {
    let program = release();
    let (status, said) = program.run(&["migrate"]);
    assert_eq!(status, 0);
    assert!(said.contains("Profile `release`") && said.contains("applied 2026-11-23-000000_create_sessions"), "{said}");
    assert!(said.contains(&program.database()), "{said}");
    let (status, said) = program.run(&["migrate"]);
    assert_eq!(status, 0);
    assert!(said.contains("no migration was pending"), "{said}");
}

#[test]
fn clearsessions_removes_what_has_expired_and_says_how_many() {
    let program = release();
    program.run(&["migrate"]);
    let mut conn = SqliteConnection::establish(&program.database()).unwrap();
    for (key, year) in [("one", 2020), ("two", 2020), ("living", 9000)] {
        let date = datetime!(2020-01-01 00:00:00).replace_year(year).unwrap();
        diesel::insert_into(sessions::table)
            .values((
                sessions::session_key.eq(key),
                sessions::session_data.eq("{}"),
                sessions::expire_date.eq(date),
                // Young enough for the profile's absolute_age.
                sessions::created_at.eq(datetime!(8999-01-01 00:00:00)),
                sessions::version.eq(1),
            ))
            .execute(&mut conn)
            .unwrap();
    }
    let (status, said) = program.run(&["clearsessions"]);
    assert_eq!((status, said.as_str()), (0, "2 expired sessions were removed.\n"));
    let (status, said) = program.run(&["clearsessions"]);
    assert_eq!((status, said.as_str()), (0, "0 expired sessions were removed.\n"));
    let left: Vec<String> = sessions::table.select(sessions::session_key).load(&mut conn).unwrap();
    assert_eq!(left, ["living"]);
}

#[test]
fn a_command_that_fails_says_why_and_has_status_1() {
    let program = release();
    let (status, said) = program.run(&["clearsessions"]);
    assert_eq!(status, 1);
    assert!(said.starts_with("error: there is no database"), "{said}");
    assert!(!std::path::Path::new(&program.database()).exists(), "and makes none");
    let url = format!("sqlite://{}?mode=rwc", program.database());
    let (status, said) = release().env("DATABASE_URL", &url).run(&["clearsessions"]);
    assert_eq!((status, said), (1, format!("error: there is no database {url}\n")));
    assert!(!std::path::Path::new(&program.database()).exists(), "nor one whose URL would");
}

#[test]
fn check_is_content_with_every_profile_of_rocket_toml_and_with_release_even_for_the_internet() {
    for profile in ["debug", "five_days", "browser_close"] {
        let (status, said) = Program::new(profile).run(&["check"]);
        assert_eq!(status, 0, "{profile}: {said}");
    }
    let program = release();
    program.run(&["migrate"]);
    let (status, said) = program.run(&["check", "--deploy"]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn check_says_what_stops_a_launch() {
    for (program, words) in [
        (release(), ["there is no database", "ROCKET_PROFILE=release cargo run -- migrate"]),
        (Program::new("debug").env("ROCKET_PORT", "abc"), ["abc", "u16"]),
        (Program::new("debug").env("DATABASE_URL", "/no/such/db.sqlite3"), ["no folder", "/no/such"]),
        (Program::new("release"), ["published with the tutorial", "openssl rand -base64 32"]),
        (Program::new("debug").env("ROCKET_SESSION", "{cookie_age=0}"), ["session.cookie_age = 0", "1 second"]),
    ] {
        let (status, said) = program.run(&["check"]);
        assert_eq!(status, 1, "{said}");
        for word in words {
            assert!(said.contains(word), "{word} is missing in: {said}");
        }
    }
}

#[test]
fn check_deploy_warns_with_djangos_numbers_the_reason_and_the_line_that_mends_it() {
    let fallback = rocket_diesel_sessions::PUBLISHED_KEY;
    for (settings, words) in [
        ("cookie_secure=false".to_owned(), ["W010", "W011", "W012", "copy it", "cookie_secure = true"]),
        ("cookie_httponly=false".into(), ["W013", "W014", "W015", "script", "cookie_httponly = true"]),
        (r#"cookie_samesite="None""#.into(), ["W016", "forgery", "act in", "SameSite", r#"cookie_samesite = "Lax""#]),
        (
            format!(r#"secret_key_fallbacks=["{fallback}"]"#),
            ["W009", "Everybody", "published", "openssl", "secret_key ="],
        ),
        (r#"engine="cookie""#.into(), ["S001", "can't end", "copied", "logout", r#"engine = "db""#]),
        (r#"engine="memory""#.into(), ["S002", "restart", "signs", "second", r#"engine = "db""#]),
        ("sweep_batch=0".into(), ["S004", "forever", "sweeper", "clearsessions", "sweep_interval ="]),
    ] {
        let program = release().env("ROCKET_SESSION", &format!("{{{settings}}}"));
        let (status, said) = program.run(&["check", "--deploy"]);
        assert_eq!(status, 1, "{settings}: {said}");
        for word in words {
            assert!(said.contains(word), "{settings}: {word} is missing in: {said}");
        }
        assert!(!program.run(&["check"]).1.contains(words[0]), "{settings}: only with --deploy");
    }
    let own = Program::new("production").env("ROCKET_SECRET_KEY", OWN_KEY);
    assert!(own.run(&["check", "--deploy"]).1.contains("absolute_age = \"30 days\"  # under [production.session]"));
    let (status, said) = Program::new("debug").run(&["check", "--deploy"]);
    assert_eq!(status, 1);
    for id in ["W018", "W009", "S003"] {
        assert!(said.contains(id), "{said}");
    }
}

#[test]
fn help_names_every_command_and_an_unknown_one_is_refused_with_a_hint() {
    let (status, said) = Program::new("debug").run(&["--help"]);
    assert_eq!(status, 0);
    for command in ["migrate", "clearsessions", "check"] {
        assert!(said.contains(command), "{said}");
    }
    assert!(!said.contains("assert!"), "{said}");
    let (status, said) = Program::new("debug").run(&["migrat"]);
    assert_eq!(status, 2);
    assert!(said.contains("'migrate'"), "{said}");
}
