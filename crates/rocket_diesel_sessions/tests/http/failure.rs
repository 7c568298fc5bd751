use rocket::http::{Header, Status};
use rocket::request::FromRequest;
use rocket::{Catcher, Request, State, catch, catchers, get, routes};
use rocket_diesel_sessions::Session;
use serde_json::json;

use crate::routes;
use crate::secrecy::{SECRET_NAME, SECRET_VALUE};
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_failed_handler_changes_nothing() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    for path in ["/insert_and_err", "/insert_and_panic"] {
        let page = visitor.get(path).await;
        assert!(page.status.code >= 400);
        assert!(page.set_cookie().is_none(), "{path}");
        assert_eq!(app.rows(), [], "{path}");
    }
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    for path in ["/insert_and_err", "/insert_and_panic", "/insert_and_500"] {
        let page = visitor.get(path).await;
        assert!(page.set_cookie().is_none(), "{path}");
        assert_eq!(app.row(), before, "{path}");
    }
}

#[rocket::async_test]
async fn a_flush_ends_the_session_even_if_the_handler_fails() {
    let app = TestApp::new(routes::routes()).await;
    for path in ["/flush_and_500", "/flush_and_panic"] {
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let page = visitor.get(path).await;
        assert_eq!(page.status, Status::InternalServerError);
        assert!(page.set_cookie().unwrap().is_removal(), "{path}");
        assert_eq!(app.rows(), [], "{path}");
    }
}

/// Returns what the session contains, and then writes to it.
#[catch(default)]
async fn read_and_write(status: Status, request: &Request<'_>) -> String {
    let session = Session::from_request(request).await.succeeded().unwrap();
    let seen = format!("{} {:?} {}", status.code, session.get::<String>("name").unwrap(), session.contains_key("lost"));
    session.insert("caught", status.code).unwrap();
    seen
}

#[rocket::async_test]
async fn a_catcher_sees_the_session_as_loaded_and_can_change_it() {
    let build = |rocket: rocket::Rocket<rocket::Build>| {
        rocket.mount("/", routes::routes()).register("/", catchers![read_and_write])
    };
    let app = TestApp::with_settings("", build).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;

    let page = visitor.get("/insert_and_err").await;
    assert_eq!(page.body, "409 Some(\"Bipasha\") false");
    assert_eq!(app.data(), json!({"name": "Bipasha", "caught": 409}));

    let page = visitor.get("/insert_and_panic").await;
    assert_eq!(page.body, "500 Some(\"Bipasha\") false");
    assert_eq!(app.data(), json!({"name": "Bipasha", "caught": 409}), "a response with status 500 commits nothing");
    assert!(page.set_cookie().is_none());

    let page = app.visitor().get("/nothing_here").await;
    assert_eq!(page.body, "404 None false");
    assert_eq!(app.rows().len(), 2, "the catcher has created a session");
}

#[rocket::async_test]
async fn a_catcher_after_a_flush_sees_an_empty_session() {
    let build = |rocket: rocket::Rocket<rocket::Build>| {
        rocket.mount("/", routes::routes()).register("/", catchers![read_and_write])
    };
    let app = TestApp::with_settings("", build).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let page = visitor.get("/flush_and_panic").await;
    assert_eq!(page.body, "500 None false");
    assert_eq!(app.rows(), []);
    assert!(page.set_cookie().unwrap().is_removal());
}

struct Url(String);

/// Drops the table between the guard and the commit.
#[get("/drop_table")]
fn drop_table(session: Session<'_>, url: &State<Url>) -> (rocket::http::ContentType, &'static str) {
    use diesel::RunQueryDsl;
    session.insert("name", "Bipasha").unwrap();
    diesel::sql_query("DROP TABLE sessions").execute(&mut rocket_diesel_sessions::testing::connect(&url.0)).unwrap();
    (rocket::http::ContentType::JSON, r#"{"saved": true}"#)
}

/// Returns a fairing that tells the handlers the URL of the database.
fn with_url() -> rocket::fairing::AdHoc {
    rocket::fairing::AdHoc::on_ignite("Url", |rocket| async {
        let url = rocket.figment().extract_inner("databases.sessions.url").unwrap();
        rocket.manage(Url(url))
    })
}

#[get("/cookie")]
fn other_cookie(jar: &rocket::http::CookieJar<'_>, session: Session<'_>, url: &State<Url>) {
    jar.add(("theme", "dark"));
    drop_table(session, url);
}

#[rocket::async_test]
async fn a_failed_commit_responds_with_a_plain_503_and_keeps_other_cookies() {
    let app = TestApp::with_settings("", |rocket| rocket.attach(with_url()).mount("/", routes![other_cookie])).await;
    let page = app.visitor().get("/cookie").await;
    assert_eq!((page.status, page.body.as_str()), (Status::ServiceUnavailable, "503 Service Unavailable"));
    assert_eq!(page.header("Content-Type"), ["text/plain; charset=utf-8"]);
    assert_eq!(page.header("Cache-Control"), ["no-store"]);
    assert!(page.set_cookie().is_none());
    assert_eq!(page.header("Set-Cookie").len(), 1, "only the application's cookie");
}

#[catch(503)]
async fn unavailable(request: &Request<'_>) -> (rocket::http::ContentType, String) {
    let session = Session::from_request(request).await.succeeded();
    let name = session.map(|session| session.get::<String>("name").unwrap());
    (rocket::http::ContentType::HTML, format!("the application's own page {name:?}"))
}

#[catch(default)]
fn default_catcher() -> &'static str {
    "the default catcher"
}

#[rocket::async_test]
async fn the_applications_own_catcher_renders_the_page_of_a_failed_commit() {
    let build = |rocket: rocket::Rocket<rocket::Build>| {
        let rocket = rocket.attach(with_url()).mount("/deep", routes![drop_table]);
        rocket.register("/", catchers![default_catcher]).register("/deep", catchers![unavailable])
    };
    let app = TestApp::with_settings("", build).await;
    let page = app.visitor().get("/deep/drop_table").await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    assert_eq!(page.body, "the application's own page Some(None)");
    assert_eq!(page.header("Content-Type"), ["text/html; charset=utf-8"]);
}

#[rocket::async_test]
async fn an_unavailable_store_gives_503_in_the_guard_and_at_the_commit() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.drop_table();
    assert_eq!(visitor.get("/look/name").await.status, Status::ServiceUnavailable);
    assert_eq!(app.visitor().get("/insert/name/Bipasha").await.status, Status::ServiceUnavailable);
    assert_eq!(visitor.get("/plain").await.status, Status::Ok);
}

#[get("/with_headers")]
fn with_headers(session: Session<'_>, url: &State<Url>) -> WithHeaders {
    let body = drop_table(session, url);
    WithHeaders {
        body,
        policy: Header::new("Content-Security-Policy", "default-src 'self'"),
        encoding: Header::new("Content-Encoding", "br"),
        location: Header::new("Location", "/elsewhere"),
    }
}

#[derive(rocket::Responder)]
struct WithHeaders {
    body: (rocket::http::ContentType, &'static str),
    policy: Header<'static>,
    encoding: Header<'static>,
    location: Header<'static>,
}

#[rocket::async_test]
async fn the_page_of_a_failed_commit_keeps_policy_headers_and_drops_headers_of_the_old_body() {
    let app = TestApp::with_settings("", |rocket| rocket.attach(with_url()).mount("/", routes![with_headers])).await;
    let page = app.visitor().get("/with_headers").await;
    assert_eq!(page.header("Content-Security-Policy"), ["default-src 'self'"]);
    assert_eq!(page.header("Content-Encoding"), Vec::<&str>::new());
    assert_eq!(page.header("Location"), Vec::<&str>::new());
}

#[rocket::async_test]
async fn the_page_of_a_failed_commit_keeps_every_value_of_a_header() {
    let links = rocket::fairing::AdHoc::on_response("Links", |_, response| {
        Box::pin(async move {
            response.adjoin_raw_header("Link", "</a>; rel=preload");
            response.adjoin_raw_header("link", "</b>; rel=preload");
        })
    });
    let build = |rocket: rocket::Rocket<rocket::Build>| rocket.attach(with_url()).mount("/", routes![drop_table]);
    let app = TestApp::with_setup("", |rocket| rocket.attach(links), build).await;
    let page = app.visitor().get("/drop_table").await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    assert_eq!(page.header("Link"), ["</a>; rel=preload", "</b>; rel=preload"]);
}

fn panicking_catcher<'r>(_: Status, _: &'r Request<'_>) -> rocket::catcher::BoxFuture<'r> {
    panic!("on purpose, before the future is returned")
}

#[rocket::async_test]
async fn a_failed_commit_gets_a_plain_page_if_the_catcher_panics() {
    let build = |rocket: rocket::Rocket<rocket::Build>| {
        rocket
            .attach(with_url())
            .mount("/", routes![drop_table])
            .register("/", vec![Catcher::new(503, panicking_catcher)])
    };
    let page = TestApp::with_settings("", build).await.visitor().get("/drop_table").await;
    assert_eq!((page.status, page.body.as_str()), (Status::ServiceUnavailable, "503 Service Unavailable"));
}

#[get("/own")]
fn own_cookie(jar: &rocket::http::CookieJar<'_>, session: Session<'_>) {
    jar.add(("sessionid", "a value of the application"));
    session.contains_key("name");
}

#[rocket::async_test]
async fn a_request_that_only_reads_keeps_an_application_cookie_of_the_same_name() {
    let app = TestApp::new(routes![own_cookie]).await;
    assert!(app.visitor().get("/own").await.set_cookie().is_some());
}

#[get("/wrong_type")]
fn wrong_type(session: Session<'_>) -> rocket_diesel_sessions::Result<()> {
    session.insert(SECRET_NAME, SECRET_VALUE)?;
    session.get::<u32>(SECRET_NAME).map(drop)
}

#[get("/missing")]
fn missing(session: Session<'_>) -> rocket_diesel_sessions::Result<()> {
    session.require(&format!("{SECRET_NAME} 2"))
}

#[get("/too_large")]
fn too_large(session: Session<'_>) -> rocket_diesel_sessions::Result<()> {
    session.insert(SECRET_NAME, SECRET_VALUE.repeat(10_000))
}

#[get("/too_deep")]
fn too_deep(session: Session<'_>) -> rocket_diesel_sessions::Result<()> {
    session.insert(SECRET_NAME, (0..126).fold(json!(SECRET_VALUE), |inner, _| json!([inner])))
}

#[get("/kept")]
fn kept(session: Session<'_>) -> rocket_diesel_sessions::Result<()> {
    session.insert(SECRET_NAME, SECRET_VALUE)
}

#[rocket::async_test]
async fn an_error_in_the_log_names_the_line_of_the_program_and_nothing_of_the_data() {
    let app = TestApp::new(routes![wrong_type, missing, too_large, too_deep, kept]).await;
    let visitor = app.visitor();
    for (path, line) in [
        ("/wrong_type", "a value can't be converted between u32 and JSON, at "),
        ("/missing", "the session has no value under the required key, at "),
        ("/too_large", "the session would be"),
        ("/too_deep", "a value can't be converted between serde_json::value::Value and JSON, at "),
    ] {
        assert!(visitor.get(path).await.status.code >= 400);
        assert!(crate::log::contains_line(&[line]), "{path}");
    }
    assert!(crate::log::contains_line(&["ERROR", "failure.rs:"]));
    visitor.visit("/kept").await;
    app.drop_table();
    assert_eq!(visitor.get("/kept").await.status, Status::ServiceUnavailable);
    assert!(!crate::log::contains_line(&[SECRET_NAME]));
    assert!(!crate::log::contains_line(&[SECRET_VALUE]));
}

#[rocket::async_test]
async fn a_request_asks_an_unavailable_store_only_once() {
    let app = TestApp::with_settings("save_every_request = true", |rocket| rocket.mount("/", routes::routes())).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    app.drop_table();
    app.take_statements();
    assert_eq!(visitor.get("/look/name").await.status, Status::ServiceUnavailable);
    assert_eq!(app.take_statements().len(), 1);
    visitor.visit("/plain").await;
}

#[catch(default)]
async fn show_keys(_status: Status, request: &Request<'_>) -> String {
    let session = Session::from_request(request).await.succeeded().unwrap();
    session.keys().join(" ")
}

#[rocket::async_test]
async fn with_rockets_tracked_client_a_catcher_does_not_see_the_changes_of_the_failed_handler() {
    let rocket = rocket::custom(rocket::Config::debug_default())
        .attach(Session::fairing().store(rocket_diesel_sessions::MemoryStore::default()))
        .mount("/", routes::routes())
        .register("/", catchers![show_keys]);
    let client = rocket::local::asynchronous::Client::tracked(rocket).await.unwrap();
    client.get("/insert/before/1").dispatch().await;
    for path in ["/insert_and_err", "/insert_and_panic"] {
        let page = client.get(path).dispatch().await.into_string().await.unwrap();
        assert_eq!(page, "before", "{path}");
    }
    assert_eq!(client.get("/look/before").dispatch().await.into_string().await.unwrap(), "1");
    assert_eq!(client.cookies().iter().count(), 1, "the marker does not reach the client");
}
