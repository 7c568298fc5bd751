//! Values that belong to the login and not to the visitor's data.

use rocket::tokio::join;
use rocket::{Route, get, routes};
use rocket_diesel_sessions::{Error, Result, Session};
use serde_json::json;

use crate::routes;
use crate::test_app::TestApp;

#[get("/mark/<device>")]
fn mark(session: Session<'_>, device: &str) -> Result<()> {
    session.set_login_value("device", device)
}

#[get("/device")]
fn device(session: Session<'_>) -> Result<String> {
    Ok(session.login_value("device")?.unwrap_or_default())
}

#[get("/everything")]
fn everything(session: Session<'_>) -> Result<String> {
    let found: Option<String> = session.get("$login").unwrap_or(Some("a value of another type".into()));
    let removed = session.remove("$login") || session.remove("device") || session.contains_key("device");
    Ok(json!([session.to_map(), session.keys(), session.len(), found, removed]).to_string())
}

#[get("/refused")]
fn refused(session: Session<'_>) -> &'static str {
    let inserted = session.insert("$login", json!({"device": "forged"}));
    let extended = session.extend([("name", json!("Ada")), ("$login", json!(1))]);
    match (inserted, extended) {
        (Err(Error::ReservedKey), Err(Error::ReservedKey)) => "refused",
        _ => "accepted",
    }
}

fn routes() -> Vec<Route> {
    routes![mark, device, everything, refused].into_iter().chain(routes::routes()).collect()
}

#[rocket::async_test]
async fn a_value_of_the_login_is_out_of_reach_of_the_methods_for_data() {
    for engine in ["db", "memory", "cookie"] {
        let app = TestApp::with_settings(&format!("engine = {engine:?}"), |rocket| rocket.mount("/", routes())).await;
        let visitor = app.visitor();
        visitor.visit("/login/ada").await;
        visitor.visit("/mark/phone").await;
        assert_eq!(visitor.visit("/everything").await, json!([{}, [], 0, null, false]).to_string(), "{engine}");
        visitor.visit("/insert/name/Ada").await;
        visitor.visit("/clear").await;
        assert_eq!(visitor.visit("/device").await, "phone", "{engine}: not cleared");
        visitor.visit("/cycle").await;
        assert_eq!(visitor.visit("/device").await, "phone", "{engine}: the same login under another key");
    }
}

#[rocket::async_test]
async fn the_values_of_a_login_end_with_the_next_login_and_with_a_logout() {
    let app = TestApp::new(routes()).await;
    for next in ["/login/ada", "/login/bob", "/logout", "/flush"] {
        let visitor = app.visitor();
        visitor.visit("/login/ada").await;
        visitor.visit("/mark/phone").await;
        visitor.visit(next).await;
        assert_eq!(visitor.visit("/device").await, "", "{next}");
    }
}

#[rocket::async_test]
async fn a_session_without_an_owner_can_have_no_values_of_a_login() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Ada").await;
    assert_eq!(visitor.get("/mark/phone").await.status.code, 500);
    assert_eq!(app.row().session_data, r#"{"name":"Ada"}"#);
}

#[rocket::async_test]
async fn no_value_can_be_inserted_under_the_key_of_the_login() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/login/ada").await;
    visitor.visit("/mark/phone").await;
    assert_eq!(visitor.visit("/refused").await, "refused");
    assert_eq!(app.row().session_data, r#"{"$login":{"device":"phone"}}"#, "nothing of the refused entries is there");
}

#[rocket::async_test]
async fn a_value_of_the_login_and_a_value_of_the_data_that_are_set_at_the_same_time_are_both_kept() {
    let app = TestApp::new(routes()).await;
    let visitor = app.visitor();
    visitor.visit("/login/ada").await;
    let (first, second) = (visitor.copy(), visitor.copy());
    join!(first.visit("/mark/phone"), second.visit("/insert/name/Ada"));
    assert_eq!(app.row().session_data, r#"{"$login":{"device":"phone"},"name":"Ada"}"#);
}

#[rocket::async_test]
async fn a_clear_keeps_the_login_that_the_same_request_made() {
    #[get("/login_and_clear")]
    fn login_and_clear(session: Session<'_>) -> Result<()> {
        session.login("ada");
        session.set_login_value("device", "phone")?;
        session.clear();
        Ok(())
    }
    let app = TestApp::new(routes().into_iter().chain(routes![login_and_clear]).collect()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Ada").await;
    visitor.visit("/login_and_clear").await;
    assert_eq!(app.row().session_data, r#"{"$login":{"device":"phone"}}"#);
}
