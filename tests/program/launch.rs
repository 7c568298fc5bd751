use rocket::Config;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket_diesel_sessions::{PUBLISHED_KEY, Settings, TEACHING_PROFILES};

use crate::binary::{OWN_KEY, Program};

#[test]
fn rocket_toml_has_the_published_key_and_names_the_same_database_as_dotenv() {
    let figment = Figment::from(Toml::file("Rocket.toml").nested());
    assert_eq!(figment.extract_inner::<String>("secret_key").unwrap(), PUBLISHED_KEY);
    let url: String = figment.extract_inner("databases.sessions.url").unwrap();
    let dotenv = std::fs::read_to_string(".env").unwrap();
    assert!(dotenv.lines().any(|line| line == format!("DATABASE_URL={url}")), "{dotenv}");
}

#[test]
fn the_tutorials_profiles_work_over_plain_http_and_release_needs_https_and_its_own_host() {
    let settings = |profile| {
        let figment = Figment::from(Config::default()).merge(Toml::file("Rocket.toml").nested()).select(profile);
        let settings = Settings::extract(&figment).unwrap();
        (settings.cookie_name, settings.cookie_secure)
    };
    for profile in TEACHING_PROFILES {
        assert_eq!(settings(profile), ("sessionid".into(), false), "{profile}");
    }
    assert_eq!(settings("release"), ("__Host-sessionid".into(), true));
}

#[test]
fn a_profile_outside_the_tutorial_needs_a_secret_key_of_its_own() {
    for profile in ["release", "staging"] {
        for key in [PUBLISHED_KEY, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            let (status, output) = Program::new(profile).env("ROCKET_SECRET_KEY", key).run(&[]);
            assert_ne!(status, 0, "{profile} runs with {key}");
            assert!(output.contains("openssl rand -base64 32") && output.contains(profile), "{output}");
        }
    }
}

#[test]
fn release_names_the_command_to_type_if_the_database_is_not_migrated() {
    let (status, output) = Program::new("release").env("ROCKET_SECRET_KEY", OWN_KEY).run(&[]);
    assert_ne!(status, 0);
    assert!(
        output.contains("diesel migration run") && output.contains("ROCKET_PROFILE=release cargo run -- migrate"),
        "{output}"
    );
}

#[test]
fn an_invalid_setting_in_the_environment_stops_the_launch_and_is_named() {
    let (status, output) = Program::new("debug").env("ROCKET_SESSION_COOKIE_AGE", "300").run(&[]);
    assert_ne!(status, 0);
    assert!(output.contains("ROCKET_SESSION='{cookie_age=…}'"), "{output}");
    let (status, output) = Program::new("debug").env("ROCKET_SESSION", "{cookie_age=-1}").run(&[]);
    assert_ne!(status, 0);
    assert!(output.contains("session.cookie_age") && output.contains("-1"), "{output}");
    assert!(!output.contains("panicked"), "{output}");
}

#[test]
fn a_misspelt_secret_key_is_not_quoted() {
    let misspelt = PUBLISHED_KEY.replace("cHV", "c_V");
    for (profile, command) in [("release", &[][..]), ("release", &["check"]), ("debug", &["check"])] {
        let (_, output) = Program::new(profile).env("ROCKET_SECRET_KEY", &misspelt).run(command);
        assert!(output.contains("openssl rand") && !output.contains(&misspelt), "{profile} {command:?}: {output}");
    }
}
