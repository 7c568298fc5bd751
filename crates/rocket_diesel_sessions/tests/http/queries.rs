use rocket::http::Cookie;
use rocket::{get, routes};
use rocket_diesel_sessions::{Result, Session};

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_visitor_without_a_cookie_costs_no_query() {
    let app = TestApp::new(routes::routes()).await;
    app.visitor().visit("/look/name").await;
    app.visitor().visit("/plain").await;
    assert_eq!(app.statements(), Vec::<String>::new());
}

#[rocket::async_test]
async fn a_route_that_asks_for_no_session_costs_no_query() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.statements();
    visitor.visit("/plain").await;
    assert_eq!(app.statements(), Vec::<String>::new());
}

#[rocket::async_test]
async fn a_cookie_that_carries_no_key_costs_no_query() {
    let app = TestApp::new(routes::routes()).await;
    app.visitor().visit("/insert/name/Bipasha").await;
    let handle = app.row().session_key;
    app.statements();
    // Encrypted with the application's own key: what a client could at best replay from another private cookie.
    for value in ["", "x", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43), &"é".repeat(43), &handle] {
        let request = app.client.get("/look/name").private_cookie(Cookie::new("sessionid", value.to_owned()));
        assert_eq!(request.dispatch().await.into_string().await.unwrap_or_default(), "");
    }
    assert_eq!(app.statements(), Vec::<String>::new());
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
    app.statements();
    visitor.visit("/twice").await;
    assert_eq!(app.statements().len(), 1);
}

#[rocket::async_test]
async fn each_read_asks_the_table() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.delete_rows();
    assert_eq!(visitor.visit("/look/name").await, "", "gone at once, from no cache");
}
