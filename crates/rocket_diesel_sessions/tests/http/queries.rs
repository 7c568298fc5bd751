use rocket::http::Cookie;
use rocket::{get, routes};
use rocket_diesel_sessions::{Result, Session};

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_request_without_a_cookie_runs_no_query() {
    let app = TestApp::new(routes::routes()).await;
    app.visitor().visit("/look/name").await;
    app.visitor().visit("/plain").await;
    assert_eq!(app.take_statements(), Vec::<String>::new());
}

#[rocket::async_test]
async fn a_route_without_the_session_guard_runs_no_query() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.take_statements();
    visitor.visit("/plain").await;
    assert_eq!(app.take_statements(), Vec::<String>::new());
}

#[rocket::async_test]
async fn a_cookie_that_contains_no_key_causes_no_query() {
    let app = TestApp::new(routes::routes()).await;
    app.visitor().visit("/insert/name/Bipasha").await;
    let handle = app.row().session_key;
    app.take_statements();
    // Each value is encrypted with the application's own secret key. A client can at best replay one from another
    // private cookie of the application.
    for value in ["", "x", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43), &"é".repeat(43), &handle] {
        let request = app.client.get("/look/name").private_cookie(Cookie::new("sessionid", value.to_owned()));
        assert_eq!(request.dispatch().await.into_string().await.unwrap_or_default(), "");
    }
    assert_eq!(app.take_statements(), Vec::<String>::new());
}

#[get("/twice")]
fn twice(one: Session<'_>, other: Session<'_>) -> Result<String> {
    one.insert("name", "Bipasha")?;
    other.require("name")
}

#[rocket::async_test]
async fn two_guards_of_one_request_share_one_session_and_one_query() {
    let app = TestApp::new(routes![twice]).await;
    let visitor = app.visitor();
    assert_eq!(visitor.visit("/twice").await, "Bipasha");
    app.take_statements();
    visitor.visit("/twice").await;
    assert_eq!(app.take_statements().len(), 1);
}

#[rocket::async_test]
async fn every_request_reads_the_table() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.delete_rows();
    assert_eq!(visitor.visit("/look/name").await, "", "the session is gone at once, because rows are not cached");
}
