use std::time::Duration;

use rocket::{get, routes};
use rocket_diesel_sessions::{Error, Expiry, Result, Session};
use serde_json::{Value, json};

use crate::test_app::TestApp;

/// Calls every method that reads a session.
#[get("/read")]
fn read(session: Session<'_>) -> Result<String> {
    let values = (
        session.get::<String>("name")?,
        session.require::<String>("name")?,
        session.contains_key("name"),
        session.keys(),
        session.len(),
        session.is_empty(),
    );
    let _ = (session.to_map(), session.handle(), session.owner(), session.is_modified());
    let _ = (session.expiry(), session.expiry_age(), session.expiry_date(), session.expires_at_browser_close());
    Ok(format!("{values:?}"))
}

/// Calls each method that changes a session, and checks what it returns.
#[get("/change")]
fn change(session: Session<'_>) -> Result<()> {
    assert_eq!((session.is_empty(), session.is_modified(), session.handle()), (true, false, None));
    session.insert("name", "Bipasha")?;
    assert!(session.is_modified() && session.handle().is_some());
    assert_eq!(session.get_or_insert("name", "Codedec".to_owned())?, "Bipasha");
    assert_eq!(session.get_or_insert("lname", "Codedec".to_owned())?, "Codedec");
    session.extend([("one", json!(1)), ("two", json!([1, 2]))])?;
    assert_eq!(session.take::<u8>("one")?, Some(1));
    assert_eq!(session.take::<u8>("one")?, None);
    assert!(session.remove("two") && !session.remove("two"));
    Ok(())
}

/// Makes changes that a session can't hold. Checks that each is refused and that the session stays as it was.
#[get("/refuse")]
fn refuse(session: Session<'_>) -> Result<()> {
    let before = session.to_map();
    assert!(matches!(session.get::<u8>("name"), Err(Error::Value { type_name: "u8", .. })));
    assert!(matches!(session.take::<u8>("name"), Err(Error::Value { .. })));
    assert!(matches!(session.get_or_insert("name", 1), Err(Error::Value { .. })));
    assert!(matches!(session.require::<u8>("nothing"), Err(Error::MissingKey { at }) if at.file().ends_with("map.rs")));
    let not_json = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert!(matches!(session.insert("tuple key", not_json), Err(Error::Value { .. })));
    let too_large = json!("x".repeat(70_000));
    assert!(matches!(session.extend([("small", json!(1)), ("large", too_large)]), Err(Error::TooLarge { .. })));
    assert!(matches!(session.set_expiry(Duration::MAX), Err(Error::Expiry)));
    let too_deep = (0..126).fold(json!(0), |inner, _| json!([inner]));
    assert!(matches!(session.insert("deep", too_deep), Err(Error::Value { .. })));
    assert_eq!((session.to_map(), session.is_modified(), session.expiry()), (before, false, Expiry::Default));
    Ok(())
}

#[rocket::async_test]
async fn the_methods_that_change_a_session_work_like_those_of_a_map() {
    let app = TestApp::new(routes![change]).await;
    app.visitor().visit("/change").await;
    assert_eq!(app.data(), json!({"name": "Bipasha", "lname": "Codedec"}));
}

#[rocket::async_test]
async fn the_methods_that_read_a_session_never_write() {
    let app = TestApp::new(routes![change, read]).await;
    let visitor = app.visitor();
    visitor.visit("/change").await;
    let before = app.row();
    app.take_statements();
    let page = visitor.get("/read").await;
    assert_eq!(page.body, r#"(Some("Bipasha"), "Bipasha", true, ["lname", "name"], 2, false)"#);
    assert!(page.set_cookie().is_none());
    assert_eq!((app.take_statements().len(), app.row()), (1, before));
}

#[rocket::async_test]
async fn a_refused_change_leaves_the_session_as_it_was() {
    let app = TestApp::new(routes![change, refuse]).await;
    let visitor = app.visitor();
    visitor.visit("/change").await;
    let before = app.row();
    assert!(visitor.get("/refuse").await.set_cookie().is_none());
    assert_eq!(app.row(), before);
}

#[get("/json")]
fn insert_json(session: Session<'_>) -> Result<()> {
    session.extend([
        ("float", json!(0.1 + 0.2)),
        ("large", json!(u64::MAX)),
        ("small", json!(i64::MIN)),
        ("text", json!("\u{0}\u{1F980}\\\"")),
        ("null", Value::Null),
        ("", json!({"": []})),
    ])?;
    session.insert("nan", f64::NAN)
}

#[get("/json/again")]
fn check_json(session: Session<'_>) -> Result<()> {
    assert_eq!(session.require::<f64>("float")?, 0.1 + 0.2);
    assert_eq!(session.require::<u64>("large")?, u64::MAX);
    assert_eq!(session.require::<i64>("small")?, i64::MIN);
    assert_eq!(session.require::<String>("text")?, "\u{0}\u{1F980}\\\"");
    assert_eq!(session.require::<Value>("null")?, Value::Null);
    assert_eq!(session.require::<Option<f64>>("nan")?, None);
    assert_eq!(session.require::<Value>("")?, json!({"": []}));
    Ok(())
}

#[rocket::async_test]
async fn every_json_value_comes_back_unchanged() {
    let app = TestApp::new(routes![insert_json, check_json]).await;
    let visitor = app.visitor();
    visitor.visit("/json").await;
    visitor.visit("/json/again").await;
}
