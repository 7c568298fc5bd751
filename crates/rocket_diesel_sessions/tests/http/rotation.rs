use crate::routes;
use crate::test_app::{OWN_KEY, TestApp};

/// A app on the same database as `before`, with another secret key.
async fn rotated(before: &TestApp, fallbacks: &str) -> TestApp {
    let settings = format!("secret_key_fallbacks = {fallbacks}");
    let new_key = "0f".repeat(32);
    before.again(&new_key, &settings, |rocket| rocket.mount("/", routes::routes())).await
}

#[rocket::async_test]
async fn nobody_is_logged_out_by_a_rotation_and_the_old_key_can_go_after_one_visit() {
    let before = TestApp::new(routes::routes()).await;
    let visitor = before.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let row = before.row();

    let during = rotated(&before, &format!("['{}', '{OWN_KEY}']", "aa".repeat(32))).await;
    let returning = during.visitor();
    returning.set_cookie(&visitor.cookie().unwrap());
    during.clock.advance(time::Duration::DAY);
    let page = returning.get("/look/name").await;
    assert_eq!(page.body, "Bipasha");
    let cookie = page.set_cookie().expect("sent again under the new key");
    assert_eq!(cookie.attribute("max-age"), Some("1123200"), "13 days are left, it was not renewed");
    assert_eq!(during.row(), row);
    assert!(returning.get("/look/name").await.set_cookie().is_none(), "once is enough");

    let after = rotated(&during, "[]").await;
    let again = after.visitor();
    again.set_cookie(&returning.cookie().unwrap());
    assert_eq!(again.visit("/look/name").await, "Bipasha");
}

#[rocket::async_test]
async fn a_cookie_under_a_key_that_is_no_fallback_opens_nothing() {
    let before = TestApp::new(routes::routes()).await;
    let visitor = before.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let after = rotated(&before, &format!("['{}']", "aa".repeat(32))).await;
    let returning = after.visitor();
    returning.set_cookie(&visitor.cookie().unwrap());
    assert_eq!(returning.visit("/look/name").await, "");
}
