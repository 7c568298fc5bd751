use std::sync::atomic::{AtomicBool, Ordering};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::Status;
use rocket::request::FromRequest;
use rocket::response::stream::TextStream;
use rocket::{Build, Rocket, get, routes};
use rocket_diesel_sessions::{Alive, Error, Handle, MemoryStore, Record, Result, Session, Store, Touch, Update};
use serde_json::json;
use time::OffsetDateTime;

use crate::log;
use crate::routes;
use crate::test_app::TestApp;

/// Returns a response fairing of the application that reads the session. If `writes` is true, it also writes to it.
fn late_writer(name: &'static str, writes: &'static AtomicBool) -> impl Fairing {
    AdHoc::on_response(name, move |request, response| {
        Box::pin(async move {
            let session = Session::from_request(request).await.succeeded().unwrap();
            let name = session.get::<String>("name").unwrap();
            response.set_raw_header("X-Seen", format!("{name:?}"));
            if writes.load(Ordering::SeqCst) {
                let result = session.insert("late", true);
                response.set_raw_header("X-Insert", format!("{result:?}"));
            }
        })
    })
}

#[rocket::async_test]
async fn a_fairing_before_the_session_fairing_does_not_undo_the_handlers_changes() {
    static WRITES: AtomicBool = AtomicBool::new(false);
    let app = TestApp::with_earlier_fairing(late_writer("before", &WRITES), routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_eq!(app.data(), json!({"name": "Bipasha"}));
    WRITES.store(true, Ordering::SeqCst);
    let page = visitor.get("/insert/name/Codedec").await;
    assert_eq!(page.status, Status::Ok);
    assert_eq!(app.data(), json!({"name": "Codedec"}), "the handler's change is saved, and the late one is not");
    assert!(log::contains_line(&["ERROR", "a response fairing changed the session too late for its cookie"]));
}

#[rocket::async_test]
async fn a_fairing_after_the_session_fairing_can_read_the_session_but_not_change_it() {
    static WRITES: AtomicBool = AtomicBool::new(true);
    let build = |rocket: Rocket<Build>| rocket.attach(late_writer("after", &WRITES)).mount("/", routes::routes());
    let app = TestApp::with_settings("", build).await;
    let visitor = app.visitor();
    for path in ["/insert/name/Bipasha", "/plain"] {
        let page = visitor.get(path).await;
        assert_eq!(page.header("X-Seen"), [r#"Some("Bipasha")"#], "{path}");
        assert_eq!(page.header("X-Insert"), ["Err(Committed)"], "{path}");
        assert_eq!(app.data(), json!({"name": "Bipasha"}), "{path}");
    }
}

#[get("/stream")]
fn stream(session: Session<'_>) -> Result<TextStream![String + '_]> {
    session.insert("before", 1)?;
    Ok(TextStream! {
        let insert = session.insert("after", 2);
        let expiry = session.set_expiry(std::time::Duration::from_secs(5));
        let removed = session.remove("before");
        session.flush();
        yield format!("{:?} {:?} {removed} {:?}", insert, expiry, session.get::<u8>("before"));
    })
}

#[rocket::async_test]
async fn a_streamed_body_can_read_the_session_but_not_change_it() {
    let app = TestApp::new(routes![stream]).await;
    let page = app.visitor().get("/stream").await;
    assert_eq!(page.body, "Err(Committed) Err(Committed) false Ok(Some(1))");
    assert_eq!(app.data(), json!({"before": 1}));
    assert!(log::contains_line(&["ERROR", "flush did nothing", &Error::Committed.to_string()]));
}

#[rocket::async_test]
async fn a_head_request_commits_like_a_get_request() {
    let app = TestApp::new(routes::routes()).await;
    let response = app.client.head("/insert/name/Bipasha").dispatch().await;
    assert!(response.headers().get_one("Set-Cookie").is_some());
    assert_eq!(app.data(), json!({"name": "Bipasha"}));
}

/// A guard that always forwards.
struct ForwardingGuard;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ForwardingGuard {
    type Error = ();

    /// Writes to the session and then forwards the request to the next route.
    async fn from_request(request: &'r rocket::Request<'_>) -> rocket::request::Outcome<Self, ()> {
        let session = Session::from_request(request).await.succeeded().unwrap();
        session.insert("guard", 1).unwrap();
        rocket::request::Outcome::Forward(Status::NotFound)
    }
}

#[get("/forward", rank = 1)]
fn forwarded(_guard: ForwardingGuard) {}

#[get("/forward", rank = 2)]
fn accepted(session: Session<'_>) -> Result<()> {
    session.insert("handler", session.require::<u8>("guard")? + 1)
}

#[rocket::async_test]
async fn a_forwarded_request_keeps_its_session() {
    let app = TestApp::new(routes![forwarded, accepted]).await;
    app.visitor().visit("/forward").await;
    assert_eq!(app.data(), json!({"guard": 1, "handler": 2}));
}

/// Returns a response fairing of the application that logs the visitor out, except on `/insert/name/Bipasha`.
fn late_logout() -> impl Fairing {
    AdHoc::on_response("logout", |request, _| {
        Box::pin(async move {
            if request.uri().path() != "/insert/name/Bipasha" {
                Session::from_request(request).await.succeeded().unwrap().logout();
            }
        })
    })
}

/// Checks that the session ends, whatever the handler does to it.
async fn check_that_the_session_ends(app: &TestApp) {
    for path in ["/look/name", "/insert/name/Codedec", "/cycle", "/flush_and_insert"] {
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let page = visitor.get(path).await;
        assert!(page.set_cookie().unwrap().is_removal(), "{path}");
        assert_eq!(app.rows(), [], "{path}");
    }
}

#[rocket::async_test]
async fn a_logout_in_a_fairing_before_the_session_fairing_overrides_the_handlers_changes() {
    let app = TestApp::with_earlier_fairing(late_logout(), routes::routes()).await;
    check_that_the_session_ends(&app).await;
}

#[rocket::async_test]
async fn a_fairing_before_the_session_fairing_cannot_insert_after_its_logout() {
    let fairing = AdHoc::on_response("late insert", |request, _| {
        Box::pin(async move {
            if request.uri().path() != "/insert/name/Bipasha" {
                let session = Session::from_request(request).await.succeeded().unwrap();
                session.logout();
                session.insert("name", "Mallory").unwrap();
            }
        })
    });
    let app = TestApp::with_earlier_fairing(fairing, routes::routes()).await;
    check_that_the_session_ends(&app).await;
}

#[rocket::async_test]
async fn a_fairing_before_the_session_fairing_does_not_undo_a_flush_or_an_insert_after_it() {
    static WRITES: AtomicBool = AtomicBool::new(false);
    let app = TestApp::with_earlier_fairing(late_writer("before", &WRITES), routes::routes()).await;
    let (visitor, newcomer) = (app.visitor(), app.visitor());
    visitor.visit("/insert/name/Bipasha").await;
    for visitor in [&visitor, &newcomer] {
        let page = visitor.get("/flush_and_insert").await;
        assert!(!page.set_cookie().expect("the cookie of the new session").is_removal());
    }
    assert_eq!(app.rows().len(), 2);
}

/// A store that lets other tasks run while it loads, like a store across a network.
struct SlowStore(MemoryStore);

#[rocket::async_trait]
impl Store for SlowStore {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        rocket::tokio::task::yield_now().await;
        self.0.load(handle, alive).await
    }
    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        now: OffsetDateTime,
    ) -> Result<()> {
        self.0.create(handle, record, replaces, now).await
    }
    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        self.0.update(handle, update).await
    }
    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        self.0.touch(handle, touch).await
    }
    async fn delete(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Handle>> {
        self.0.delete(handle, now).await
    }
}

/// A guard that loads the session twice.
struct TwoSessions;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for TwoSessions {
    type Error = ();

    /// Loads two sessions at the same time, and writes to each as soon as it is loaded.
    async fn from_request(request: &'r rocket::Request<'_>) -> rocket::request::Outcome<Self, ()> {
        let write = async |key: &str| {
            let session = Session::from_request(request).await.succeeded().unwrap();
            session.insert(key, 1).unwrap();
        };
        rocket::tokio::join!(write("one"), write("other"));
        rocket::request::Outcome::Success(TwoSessions)
    }
}

#[get("/both")]
fn both(_both: TwoSessions, session: Session<'_>) -> String {
    session.keys().join(" ")
}

#[rocket::async_test]
async fn two_guards_that_load_at_the_same_time_share_one_session() {
    let fairing = Session::fairing().store(SlowStore(MemoryStore::default()));
    let rocket = rocket::custom(rocket::Config::debug_default()).attach(fairing);
    let rocket = rocket.mount("/", routes::routes()).mount("/", routes![both]);
    let client = rocket::local::asynchronous::Client::tracked(rocket).await.unwrap();
    client.get("/insert/first/1").dispatch().await;
    let keys = client.get("/both").dispatch().await.into_string().await.unwrap();
    assert_eq!(keys, "first one other");
}
