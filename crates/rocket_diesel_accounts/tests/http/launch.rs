use rocket::error::ErrorKind;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, get, routes};
use rocket_diesel_accounts::{Accounts, Admin, Settings, StaffUser, User};
use rocket_diesel_sessions::Session;
use rocket_diesel_sessions::testing::new_database;
use rocket_dyn_templates::Template;

use crate::log;
use crate::test_app::figment;

/// Launches what `build` makes, and returns why the launch was stopped: by a fairing, or by what a route needs.
async fn refusal(settings: &str, build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> &'static str {
    log::capture();
    let folder = tempfile::tempdir().unwrap();
    let rocket = build(rocket::custom(figment(settings, folder.path(), &new_database(folder.path()))));
    match Client::untracked(rocket).await.map(drop) {
        Ok(()) => "none",
        Err(error) => match error.kind() {
            ErrorKind::FailedFairings(_) => "a fairing",
            ErrorKind::SentinelAborts(_) => "a route",
            kind => panic!("{kind}"),
        },
    }
}

fn complete(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket
        .attach(Session::fairing())
        .attach(Template::custom(Accounts::templates))
        .attach(Accounts::fairing())
        .attach(Admin::fairing())
}

#[rocket::async_test]
async fn a_setting_that_is_not_allowed_stops_the_launch_and_is_named() {
    for (settings, message) in [
        ("accounts.min_password_length = 7", "accounts.min_password_length = 7: allowed is 8 to 64"),
        ("accounts.min_password_length = 65", "accounts.min_password_length = 65: allowed is 8 to 64"),
        ("accounts.min_password_length = 'ten'", "accounts.min_password_length"),
        ("accounts.min_pasword_length = 20", "min_pasword_length"),
        ("accounts.banned_words = ['initech', ' ']", "accounts.banned_words has an empty word"),
        ("accounts.banned_words = 'hooli'", "accounts.banned_words"),
        ("accounts.behind_proxy = 'sometimes'", "accounts.behind_proxy"),
        ("accounts = 5", "accounts"),
        ("account.behind_proxy = true", "`account` sets nothing: write [default.accounts]"),
        ("accounts_behind_proxy = true", "`accounts_behind_proxy` sets nothing"),
    ] {
        assert_eq!(refusal(settings, complete).await, "a fairing", "{settings}");
        let lines = log::lines_with("accounts: ");
        assert!(lines.iter().any(|line| line.starts_with("ERROR") && line.contains(message)), "{message}: {lines:?}");
    }
}

#[test]
fn settings_have_safe_defaults() {
    let settings = Settings::extract(&rocket::figment::Figment::new()).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!((settings.min_password_length, settings.behind_proxy), (15, false));
}

#[rocket::async_test]
async fn accounts_without_sessions_stop_the_launch_and_the_log_says_what_to_attach() {
    let build = |rocket: Rocket<Build>| {
        rocket.attach(Template::custom(Accounts::templates)).attach(Accounts::fairing()).attach(Admin::fairing())
    };
    assert_eq!(refusal("", build).await, "a fairing");
    assert!(!log::lines_with("accounts: there are no sessions. Session::fairing() is missing").is_empty());
}

#[rocket::async_test]
async fn an_admin_site_without_accounts_stops_the_launch_and_the_log_says_what_to_attach() {
    let build = |rocket: Rocket<Build>| {
        rocket.attach(Session::fairing()).attach(Template::custom(Accounts::templates)).attach(Admin::fairing())
    };
    assert_eq!(refusal("", build).await, "a fairing");
    assert!(!log::lines_with("admin: there are no accounts. Accounts::fairing() is missing").is_empty());
}

#[rocket::async_test]
async fn a_route_with_a_guard_of_the_accounts_stops_the_launch_if_there_are_none() {
    #[get("/me")]
    fn me(_user: User) {}
    #[get("/maybe")]
    fn maybe(_user: Option<User>) {}
    #[get("/staff")]
    fn staff(_user: StaffUser) {}

    for route in [routes![me], routes![maybe], routes![staff]] {
        let build = |rocket: Rocket<Build>| rocket.attach(Session::fairing()).mount("/", route.clone());
        assert_eq!(refusal("", build).await, "a route", "{route:?}");
        assert!(!log::lines_with("a route asks for a User: attach Accounts::fairing()").is_empty());
        assert_eq!(refusal("", |rocket| complete(rocket).mount("/app", route.clone())).await, "none", "{route:?}");
    }
}

#[rocket::async_test]
async fn pages_without_templates_stop_the_launch() {
    let build = |rocket: Rocket<Build>| rocket.attach(Session::fairing()).attach(Accounts::fairing());
    assert_eq!(refusal("", build).await, "a route");
}

#[rocket::async_test]
async fn the_admin_site_can_be_left_out() {
    let build = |rocket: Rocket<Build>| {
        rocket.attach(Session::fairing()).attach(Template::custom(Accounts::templates)).attach(Accounts::fairing())
    };
    assert_eq!(refusal("", build).await, "none");
}

#[rocket::async_test]
async fn a_pending_migration_stops_the_launch_if_auto_migrate_is_off() {
    for engine in ["db", "memory", "cookie"] {
        let settings = format!("session.auto_migrate = false\nsession.engine = '{engine}'");
        assert_eq!(refusal(&settings, complete).await, "a fairing", "{engine}");
    }
}
