use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket_diesel_sessions::PUBLISHED_KEY;

use crate::binary::{OWN_KEY, Program};

#[test]
fn the_published_key_is_the_one_in_rocket_toml_and_both_name_the_same_database() {
    let figment = Figment::from(Toml::file("Rocket.toml").nested());
    assert_eq!(figment.extract_inner::<String>("secret_key").unwrap(), PUBLISHED_KEY);
    let url: String = figment.extract_inner("databases.sessions.url").unwrap();
    let dotenv = std::fs::read_to_string(".env").unwrap();
    assert!(dotenv.lines().any(|line| line == format!("DATABASE_URL={url}")), "{dotenv}");
}

#[test]
fn a_profile_that_does_not_teach_refuses_the_published_key_and_none_and_says_how_to_make_one() {
    for profile in ["release", "staging"] {
        for key in [PUBLISHED_KEY, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            let (status, said) = Program::new(profile).env("ROCKET_SECRET_KEY", key).run(&[]);
            assert_ne!(status, 0, "{profile} runs with {key}");
            assert!(said.contains("openssl rand -base64 32") && said.contains(profile), "{said}");
        }
    }
}

#[test]
fn release_says_what_to_type_where_the_database_is_not_migrated() {
    let (status, said) = Program::new("release").env("ROCKET_SECRET_KEY", OWN_KEY).run(&[]);
    assert_ne!(status, 0);
    assert!(
        said.contains("diesel migration run") && said.contains("ROCKET_PROFILE=release cargo run -- migrate"),
        "{said}"
    );
}

#[test]
fn a_wrong_setting_in_the_environment_stops_the_program_and_is_named() {
    let (status, said) = Program::new("debug").env("ROCKET_SESSION_COOKIE_AGE", "300").run(&[]);
    assert_ne!(status, 0);
    assert!(said.contains("ROCKET_SESSION='{cookie_age=…}'"), "{said}");
    let (status, said) = Program::new("debug").env("ROCKET_SESSION", "{cookie_age=-1}").run(&[]);
    assert_ne!(status, 0);
    assert!(said.contains("session.cookie_age") && said.contains("-1"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_misspelt_secret_key_is_not_quoted() {
    let misspelt = PUBLISHED_KEY.replace("cHV", "c_V");
    for (profile, command) in [("release", &[][..]), ("release", &["check"]), ("debug", &["check"])] {
        let (_, said) = Program::new(profile).env("ROCKET_SECRET_KEY", &misspelt).run(command);
        assert!(said.contains("openssl rand") && !said.contains(&misspelt), "{profile} {command:?}: {said}");
    }
}
