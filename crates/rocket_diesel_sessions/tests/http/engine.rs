use rocket::http::Status;
use rocket::{State, get, routes};
use rocket_diesel_sessions::{Error, Page, Result, Session, Sessions};
use time::Duration;

use crate::routes;
use crate::test_app::TestApp;

#[get("/fill/<bytes>")]
fn fill(session: Session<'_>, bytes: usize) -> Result<String> {
    let result = session.insert("fill", "x".repeat(bytes));
    match result {
        Err(Error::TooLarge { size, max }) if size > max => Ok(format!("{max}")),
        other => other.map(|()| "kept".into()),
    }
}

#[get("/long_owner")]
fn long_owner(session: Session<'_>) {
    session.login("x".repeat(3000));
}

#[get("/list")]
async fn list(sessions: &State<Sessions>) -> String {
    let (listed, ended) =
        (sessions.of_owner("ada", Page::first()).await, sessions.end(&"0a".repeat(32).parse().unwrap()).await);
    format!("{} {}", matches!(listed, Err(Error::Unsupported)), matches!(ended, Err(Error::Unsupported)))
}

async fn app(engine: &str) -> TestApp {
    let settings = format!("engine = '{engine}'");
    TestApp::with_settings(&settings, |rocket| {
        rocket.mount("/", routes::routes()).mount("/", routes![fill, long_owner, list])
    })
    .await
}

#[rocket::async_test]
async fn a_session_behaves_the_same_with_every_engine() {
    for engine in ["db", "memory", "cookie"] {
        let app = app(engine).await;
        let visitor = app.visitor();
        assert_eq!(visitor.visit("/look/name").await, "", "{engine}");
        assert!(visitor.get("/remove/name").await.set_cookie().is_none(), "{engine}");
        let cookie = visitor.get("/insert/name/Bipasha").await.set_cookie().unwrap();
        assert_eq!(cookie.attribute("max-age"), Some("1209600"), "{engine}");
        visitor.visit("/insert/lname/Codedec").await;
        assert_eq!(visitor.visit("/look/name").await, "Bipasha", "{engine}");
        assert!(visitor.get("/look/name").await.set_cookie().is_none(), "{engine}");
        assert_eq!(visitor.visit("/remove/name").await, "true", "{engine}");
        assert_eq!(visitor.visit("/look/lname").await, "Codedec", "{engine}");
        for path in ["/insert_and_500", "/insert_and_err", "/insert_and_panic"] {
            assert!(visitor.get(path).await.set_cookie().is_none(), "{engine} {path}");
        }
        visitor.visit("/after/300").await;
        app.clock.advance(Duration::seconds(200));
        let cookie = visitor.get("/insert/lname/Codedec").await.set_cookie().unwrap();
        assert_eq!(cookie.attribute("max-age"), Some("300"), "{engine}: renewed");
        app.clock.advance(Duration::seconds(200));
        assert_eq!(visitor.visit("/look/lname").await, "Codedec", "{engine}");
        app.clock.advance(Duration::seconds(100));
        assert_eq!(visitor.visit("/look/lname").await, "", "{engine}: expired");
        visitor.visit("/insert/name/again").await;
        assert!(visitor.get("/flush_and_panic").await.set_cookie().unwrap().is_removal(), "{engine}");
        assert_eq!(visitor.visit("/look/name").await, "", "{engine}");
    }
}

#[rocket::async_test]
async fn only_the_db_engine_creates_a_database() {
    for engine in ["memory", "cookie"] {
        let app = app(engine).await;
        app.visitor().visit("/insert/name/Bipasha").await;
        assert!(!app.database_exists(), "{engine}");
    }
}

#[rocket::async_test]
async fn an_insert_is_refused_if_browsers_would_reject_the_larger_cookie() {
    let app = app("cookie").await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_eq!(visitor.visit("/fill/2600").await, "kept");
    for bytes in [2000, 2500, 2600, 2700, 2750, 2800] {
        if visitor.visit(&format!("/fill/{bytes}")).await == "kept" {
            let length = visitor.cookie().unwrap().len() + "sessionid=".len();
            assert!(length <= 4096, "a cookie of {length} bytes");
        }
    }
    assert_eq!(visitor.visit("/fill/2900").await, "4096");
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
    assert_eq!(
        visitor.get("/long_owner").await.status,
        Status::PayloadTooLarge,
        "login returns no error, so the response has the status"
    );
}

#[rocket::async_test]
async fn listing_and_ending_sessions_are_unsupported_with_the_cookie_engine() {
    let app = app("cookie").await;
    assert_eq!(app.visitor().visit("/list").await, "true true");
}

#[rocket::async_test]
async fn the_db_and_cookie_engines_do_not_open_each_others_cookies() {
    let (db, cookie) = (app("db").await, app("cookie").await);
    for (from, to) in [(&db, &cookie), (&cookie, &db)] {
        let (sender, receiver) = (from.visitor(), to.visitor());
        sender.visit("/insert/name/Bipasha").await;
        receiver.set_cookie(&sender.cookie().unwrap());
        assert_eq!(receiver.visit("/look/name").await, "");
    }
}

#[get("/deep")]
fn deep(session: Session<'_>) -> Result<()> {
    session.insert("deep", (0..125).fold(serde_json::Value::Null, |inner, _| serde_json::json!([inner])))
}

#[rocket::async_test]
async fn a_session_with_the_deepest_accepted_value_can_be_loaded_with_every_engine() {
    for engine in ["db", "memory", "cookie"] {
        let app = TestApp::with_settings(&format!("engine = '{engine}'"), |rocket| {
            rocket.mount("/", routes::routes()).mount("/", routes![deep])
        })
        .await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        visitor.visit("/deep").await;
        assert_eq!(visitor.visit("/look/name").await, "Bipasha", "{engine}");
    }
}
