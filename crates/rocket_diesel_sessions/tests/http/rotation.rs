use crate::routes;
use crate::test_app::{SECRET_KEY, TestApp};

/// Launches an application on the same database as `before`, with another secret key.
async fn with_new_secret_key(before: &TestApp, fallbacks: &str) -> TestApp {
    let settings = format!("secret_key_fallbacks = {fallbacks}");
    let new_key = "0f".repeat(32);
    before.launch_another(&new_key, &settings, |rocket| rocket.mount("/", routes::routes())).await
}

#[rocket::async_test]
async fn a_session_survives_the_rotation_of_the_secret_key() {
    let before = TestApp::new(routes::routes()).await;
    let visitor = before.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let row = before.row();

    let during = with_new_secret_key(&before, &format!("['{}', '{SECRET_KEY}']", "aa".repeat(32))).await;
    let returning = during.visitor();
    returning.set_cookie(&visitor.cookie().unwrap());
    during.clock.advance(time::Duration::DAY);
    let page = returning.get("/look/name").await;
    assert_eq!(page.body, "Bipasha");
    let cookie = page.set_cookie().expect("the cookie is sent again under the new key");
    assert_eq!(cookie.attribute("max-age"), Some("1123200"), "the session was not renewed, so 13 days are left");
    assert_eq!(during.row(), row);
    assert!(returning.get("/look/name").await.set_cookie().is_none(), "the cookie is sent again only once");

    let after = with_new_secret_key(&during, "[]").await;
    let again = after.visitor();
    again.set_cookie(&returning.cookie().unwrap());
    assert_eq!(again.visit("/look/name").await, "Bipasha");
}

#[rocket::async_test]
async fn a_cookie_under_an_unknown_secret_key_opens_nothing() {
    let before = TestApp::new(routes::routes()).await;
    let visitor = before.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let after = with_new_secret_key(&before, &format!("['{}']", "aa".repeat(32))).await;
    let returning = after.visitor();
    returning.set_cookie(&visitor.cookie().unwrap());
    assert_eq!(returning.visit("/look/name").await, "");
}
