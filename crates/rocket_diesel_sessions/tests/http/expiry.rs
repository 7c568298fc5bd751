use time::Duration;

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_session_ends_exactly_at_its_expire_date() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.clock.advance(Duration::weeks(2) - Duration::SECOND);
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
    app.clock.advance(Duration::SECOND);
    assert_eq!(visitor.visit("/look/name").await, "");
}

#[rocket::async_test]
async fn saving_a_session_moves_its_expire_date_and_reading_does_not() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let first = app.row().expire_date;
    app.clock.advance(Duration::DAY);
    visitor.visit("/look/name").await;
    assert_eq!(app.row().expire_date, first);
    visitor.visit("/insert/name/Codedec").await;
    assert_eq!(app.row().expire_date, first + Duration::DAY);
}

#[rocket::async_test]
async fn the_expiry_of_a_session_survives_later_saves_and_a_new_key() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    visitor.visit("/after/300").await;
    app.clock.advance(Duration::MINUTE);
    visitor.visit("/cycle").await;
    app.clock.advance(Duration::MINUTE);
    let page = visitor.get("/insert/lname/Codedec").await;
    assert_eq!(page.set_cookie().unwrap().attribute("max-age"), Some("300"));
    let row = app.row();
    assert_eq!(row.expiry.as_deref(), Some("after:300"));
    assert_eq!(row.expire_date - row.created_at, Duration::minutes(2 + 5));
}

#[rocket::async_test]
async fn an_expiry_in_the_past_ends_the_session() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let page = visitor.get("/after/0").await;
    assert!(page.set_cookie().unwrap().is_removal());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn save_every_request_renews_the_session_on_any_route_at_most_once_per_interval() {
    let app = TestApp::with_settings("save_every_request = true", |rocket| rocket.mount("/", routes::routes())).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    app.clock.advance(Duration::seconds(59));
    assert!(visitor.get("/plain").await.set_cookie().is_none());
    assert_eq!(app.row(), before);
    app.clock.advance(Duration::SECOND);
    let page = visitor.get("/plain").await;
    assert_eq!(page.set_cookie().unwrap().attribute("max-age"), Some("1209600"));
    assert_eq!(page.header("Vary"), ["Cookie"]);
    assert_eq!(app.row().expire_date, before.expire_date + Duration::MINUTE);
    assert_eq!(app.row().version, before.version);
}

#[rocket::async_test]
async fn save_every_request_creates_no_row_for_a_visitor_without_a_session() {
    let app = TestApp::with_settings("save_every_request = true", |rocket| rocket.mount("/", routes::routes())).await;
    let visitor = app.visitor();
    assert!(visitor.get("/plain").await.set_cookie().is_none());
    visitor.visit("/insert/name/Bipasha").await;
    app.delete_rows();
    assert!(visitor.get("/plain").await.set_cookie().is_none());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn the_absolute_age_ends_even_an_active_session() {
    let app = TestApp::with_settings("absolute_age = '1 hour'", |rocket| rocket.mount("/", routes::routes())).await;
    let visitor = app.visitor();
    let page = visitor.get("/insert/n/0").await;
    assert_eq!(page.set_cookie().unwrap().attribute("max-age"), Some("3600"));
    for minute in 1..60 {
        app.clock.advance(Duration::MINUTE);
        visitor.visit(&format!("/insert/n/{minute}")).await;
    }
    visitor.visit("/after/1000000").await;
    visitor.visit("/cycle").await;
    assert_eq!(visitor.visit("/look/n").await, "59");
    app.clock.advance(Duration::MINUTE);
    assert_eq!(visitor.visit("/look/n").await, "");
}

#[rocket::async_test]
async fn a_login_restarts_the_absolute_age() {
    let app = TestApp::with_settings("absolute_age = '1 hour'", |rocket| rocket.mount("/", routes::routes())).await;
    let visitor = app.visitor();
    visitor.visit("/insert/cart/tea").await;
    app.clock.advance(Duration::minutes(50));
    visitor.visit("/login/ada").await;
    app.clock.advance(Duration::minutes(50));
    assert_eq!(visitor.visit("/look/cart").await, "tea");
}

#[rocket::async_test]
async fn a_session_without_an_owner_ends_after_anonymous_age() {
    let app = TestApp::with_settings("anonymous_age = 1000", |rocket| rocket.mount("/", routes::routes())).await;
    let (stranger, owner) = (app.visitor(), app.visitor());
    stranger.visit("/insert/name/nobody").await;
    owner.visit("/insert/name/Ada").await;
    owner.visit("/login/ada").await;
    app.clock.advance(time::Duration::seconds(500));
    let page = stranger.get("/insert/name/still").await;
    assert_eq!(page.set_cookie().unwrap().attribute("max-age"), Some("500"), "a change does not prolong its life");
    app.clock.advance(time::Duration::seconds(500));
    assert_eq!(stranger.visit("/look/name").await, "");
    assert_eq!(owner.visit("/look/name").await, "Ada");
}
