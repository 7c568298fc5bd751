use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rocket_diesel_sessions::schema::sessions;
use time::macros::datetime;

use crate::binary::{OWN_KEY, Program};

fn release() -> Program {
    Program::new("release").env("ROCKET_SECRET_KEY", OWN_KEY)
}

#[test]
fn migrate_applies_and_lists_the_pending_migrations() {
    let program = release();
    let (status, output) = program.run(&["migrate"]);
    assert_eq!(status, 0);
    assert!(
        output.contains("Profile `release`") && output.contains("applied 2026-11-23-000000_create_sessions"),
        "{output}"
    );
    assert!(output.contains(&program.database()), "{output}");
    let (status, output) = program.run(&["migrate"]);
    assert_eq!(status, 0);
    assert!(output.contains("no migration was pending"), "{output}");
}

#[test]
fn clearsessions_removes_expired_sessions_and_prints_how_many() {
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
                // Recent enough for the profile's absolute_age.
                sessions::created_at.eq(datetime!(8999-01-01 00:00:00)),
                sessions::version.eq(1),
            ))
            .execute(&mut conn)
            .unwrap();
    }
    let (status, output) = program.run(&["clearsessions"]);
    assert_eq!((status, output.as_str()), (0, "2 expired sessions were removed.\n"));
    let (status, output) = program.run(&["clearsessions"]);
    assert_eq!((status, output.as_str()), (0, "0 expired sessions were removed.\n"));
    let left: Vec<String> = sessions::table.select(sessions::session_key).load(&mut conn).unwrap();
    assert_eq!(left, ["living"]);
}

#[test]
fn a_failed_command_prints_the_reason_and_exits_with_status_1() {
    let program = release();
    let (status, output) = program.run(&["clearsessions"]);
    assert_eq!(status, 1);
    assert!(output.starts_with("error: there is no database"), "{output}");
    assert!(!std::path::Path::new(&program.database()).exists(), "the command made a database");
    let url = format!("sqlite://{}?mode=rwc", program.database());
    let (status, output) = release().env("DATABASE_URL", &url).run(&["clearsessions"]);
    assert_eq!((status, output), (1, format!("error: there is no database {url}\n")));
    assert!(
        !std::path::Path::new(&program.database()).exists(),
        "the command made a database because the URL asks for it"
    );
}

#[test]
fn check_accepts_the_tutorials_profiles_and_check_deploy_accepts_release() {
    for profile in ["debug", "five_days", "browser_close"] {
        let (status, output) = Program::new(profile).run(&["check"]);
        assert_eq!(status, 0, "{profile}: {output}");
    }
    let program = release();
    program.run(&["migrate"]);
    let (status, output) = program.run(&["check", "--deploy"]);
    assert_eq!(status, 0, "{output}");
}

#[test]
fn check_reports_what_would_stop_a_launch() {
    for (program, expected) in [
        (release(), ["there is no database", "ROCKET_PROFILE=release cargo run -- migrate"]),
        (Program::new("debug").env("ROCKET_PORT", "abc"), ["abc", "u16"]),
        (Program::new("debug").env("DATABASE_URL", "/no/such/db.sqlite3"), ["no folder", "/no/such"]),
        (Program::new("release"), ["published with the tutorial", "openssl rand -base64 32"]),
        (Program::new("debug").env("ROCKET_SESSION", "{cookie_age=0}"), ["session.cookie_age = 0", "1 second"]),
    ] {
        let (status, output) = program.run(&["check"]);
        assert_eq!(status, 1, "{output}");
        for word in expected {
            assert!(output.contains(word), "{word} is missing in: {output}");
        }
    }
}

#[test]
fn check_deploy_warns_with_djangos_id_the_reason_and_the_line_to_change() {
    let fallback = rocket_diesel_sessions::PUBLISHED_KEY;
    for (settings, expected) in [
        (
            r#"cookie_secure=false,cookie_name="sessionid""#.to_owned(),
            ["W010", "W011", "W012", "copy it", "cookie_secure = true"],
        ),
        ("cookie_httponly=false".into(), ["W013", "W014", "W015", "script", "cookie_httponly = true"]),
        (
            r#"cookie_samesite="None""#.into(),
            ["W016", "forgery", "forms and images", "SameSite", r#"cookie_samesite = "Lax""#],
        ),
        (
            format!(r#"secret_key_fallbacks=["{fallback}"]"#),
            ["W009", "Everybody", "published", "openssl", "secret_key ="],
        ),
        (
            r#"cookie_name="sessionid""#.into(),
            ["S005", "subdomain", "3.3.1", "3.3.3", r#"cookie_name = "__Host-sessionid""#],
        ),
        (
            r#"cookie_name="sessionid",cookie_path="/shop""#.into(),
            ["S005", "subdomain", "3.3.1", "3.3.3", r#"cookie_name = "__Secure-sessionid""#],
        ),
        (r#"engine="cookie""#.into(), ["S001", "can't end", "copied", "logout", r#"engine = "db""#]),
        (r#"engine="memory""#.into(), ["S002", "restart", "signs", "second", r#"engine = "db""#]),
        ("sweep_batch=0".into(), ["S004", "forever", "sweeper", "clearsessions", "sweep_interval ="]),
    ] {
        let program = release().env("ROCKET_SESSION", &format!("{{{settings}}}"));
        let (status, output) = program.run(&["check", "--deploy"]);
        assert_eq!(status, 1, "{settings}: {output}");
        for word in expected {
            assert!(output.contains(word), "{settings}: {word} is missing in: {output}");
        }
        assert!(!program.run(&["check"]).1.contains(expected[0]), "{settings}: the warning appears without --deploy");
    }
    for (settings, expected) in [
        ("{exempt_paths=[\"/<..>\"]}", ["W003", "every path", "exempt_paths = [\"POST /hooks/<..>\"]"]),
        ("{trusted_origins=[\"http://a.example\"]}", ["S006", "http://", "trusted_origins = [\"https://…\"]"]),
    ] {
        let (status, output) = release().env("ROCKET_CROSS_ORIGIN", settings).run(&["check", "--deploy"]);
        assert_eq!(status, 1, "{settings}: {output}");
        for word in expected {
            assert!(output.contains(word), "{settings}: {word} is missing in: {output}");
        }
    }
    let production = Program::new("production").env("ROCKET_SECRET_KEY", OWN_KEY);
    assert!(
        production.run(&["check", "--deploy"]).1.contains("absolute_age = \"30 days\"  # under [production.session]")
    );
    let (status, output) = Program::new("debug").run(&["check", "--deploy"]);
    assert_eq!(status, 1);
    for id in ["W018", "W009", "S003"] {
        assert!(output.contains(id), "{output}");
    }
}

#[test]
fn launch_check_and_migrate_report_a_dropped_table_and_say_how_to_make_it_again() {
    let program = release();
    program.run(&["migrate"]);
    let mut conn = SqliteConnection::establish(&program.database()).unwrap();
    conn.batch_execute("DROP TABLE sessions").unwrap();
    let sql = "DELETE FROM __diesel_schema_migrations WHERE version IN ('20261123000000')";
    for command in [&[][..], &["check"], &["migrate"]] {
        let (status, output) = program.run(command);
        assert_eq!(status, 1, "{command:?}: {output}");
        for text in ["has no table sessions", &program.database(), sql] {
            assert!(output.contains(text), "{command:?}: {text} is missing in: {output}");
        }
    }
    conn.batch_execute(sql).unwrap();
    assert!(program.run(&["migrate"]).1.contains("applied 2026-11-23-000000_create_sessions"));
    assert_eq!(program.run(&["check"]).0, 0);
}

#[test]
fn help_lists_every_command_and_an_unknown_command_is_refused_with_a_hint() {
    let (status, output) = Program::new("debug").run(&["--help"]);
    assert_eq!(status, 0);
    for command in ["migrate", "clearsessions", "check", "backup"] {
        assert!(output.contains(command), "{output}");
    }
    assert!(!output.contains("assert!"), "{output}");
    let (status, output) = Program::new("debug").run(&["migrat"]);
    assert_eq!(status, 2);
    assert!(output.contains("'migrate'"), "{output}");
}
