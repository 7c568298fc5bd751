//! Databases and cookies that an earlier version has made. Each fixture is named for the newest migration of that version.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rocket::figment::Figment;
use serde_json::json;

use crate::routes;
use crate::test_app::{SECRET_KEY, TestApp, TestClock};

#[rocket::async_test]
async fn a_database_and_a_cookie_of_an_earlier_version_stay_usable() {
    let fixtures = Path::new("tests/fixtures");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("db.sqlite3");
    fs::copy(fixtures.join("2026-11-23.sqlite3"), &file).unwrap();
    let folder = (Arc::new(folder), file.to_str().unwrap().to_owned());
    let figment = Figment::from(rocket::Config::debug_default()).merge(("secret_key", SECRET_KEY));
    let app = TestApp::launch(figment, TestClock::default(), folder, |figment| {
        rocket::custom(figment).attach(rocket_diesel_sessions::Session::fairing()).mount("/", routes::routes())
    })
    .await;
    let visitor = app.visitor();
    visitor.set_cookie(fs::read_to_string(fixtures.join("2026-11-23.cookie")).unwrap().trim());
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
    visitor.visit("/insert/lname/Changed").await;
    assert_eq!(app.data(), json!({"name": "Bipasha", "lname": "Changed"}));
    visitor.visit("/flush").await;
    assert_eq!(app.rows(), []);
}
