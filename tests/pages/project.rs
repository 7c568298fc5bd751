use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::{Build, Config, Rocket};
use rocket_diesel_sessions::is_teaching_profile;

use crate::test_app::{SECRET_KEY, TestApp, TestClock, TestFolder, new_folder};

/// Launches the tutorial's application with a profile of its Rocket.toml.
pub async fn tutorial(profile: &str) -> TestApp {
    tutorial_with(profile, |rocket| rocket).await
}

/// Launches the tutorial's application with any profile and with what `build` adds. If the profile needs a secret key
/// of its own, it gets one.
pub async fn tutorial_with(profile: &str, build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> TestApp {
    let mut figment = rocket_toml(profile);
    if !is_teaching_profile(figment.profile()) {
        figment = figment.merge(("secret_key", SECRET_KEY));
    }
    launch(figment, |figment| build(session_tutorial::rocket().configure(figment))).await
}

/// Launches one of the examples with the profile `debug` of the tutorial's Rocket.toml.
pub async fn launch_example(build: impl FnOnce(Figment) -> Rocket<Build>) -> TestApp {
    launch(rocket_toml("debug"), build).await
}

/// Launches the tutorial's application on a database that another one may have used.
pub async fn tutorial_on(database: TestFolder) -> TestApp {
    let build = |figment| session_tutorial::rocket().configure(figment);
    TestApp::launch(rocket_toml("debug"), TestClock::default(), database, build).await
}

fn rocket_toml(profile: &str) -> Figment {
    Figment::from(Config::default()).merge(Toml::file("Rocket.toml").nested()).select(profile)
}

async fn launch(figment: Figment, build: impl FnOnce(Figment) -> Rocket<Build>) -> TestApp {
    TestApp::launch(figment, TestClock::default(), new_folder(), build).await
}
