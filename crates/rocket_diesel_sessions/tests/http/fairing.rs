use std::sync::atomic::{AtomicBool, Ordering};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::Status;
use rocket::request::FromRequest;
use rocket::response::stream::TextStream;
use rocket::{Build, Rocket, get, routes};
use rocket_diesel_sessions::{Alive, Error, Handle, MemoryStore, Record, Result, Session, Store, Touch, Update};
use serde_json::json;

use crate::log;
use crate::routes;
use crate::test_app::TestApp;

/// A response fairing of the application's that looks at the session and, once it is told to, writes to it.
fn late_writer(name: &'static str, writes: &'static AtomicBool) -> impl Fairing {
    AdHoc::on_response(name, move |request, response| {
        Box::pin(async move {
            let session = Session::from_request(request).await.succeeded().unwrap();
            let seen = session.get::<String>("name").unwrap();
            response.set_raw_header("X-Seen", format!("{seen:?}"));
            if writes.load(Ordering::SeqCst) {
                let result = session.insert("late", true);
                response.set_raw_header("X-Insert", format!("{result:?}"));
            }
        })
    })
}

#[rocket::async_test]
async fn a_fairing_before_ours_that_reads_the_session_does_not_undo_the_handlers_changes() {
    static WRITES: AtomicBool = AtomicBool::new(false);
    let app = TestApp::with_outer(late_writer("before", &WRITES), routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_eq!(app.data(), json!({"name": "Bipasha"}));
    WRITES.store(true, Ordering::SeqCst);
    let page = visitor.get("/insert/name/Codedec").await;
    assert_eq!(page.status, Status::Ok);
    assert_eq!(app.data(), json!({"name": "Codedec"}), "the handler's change, and not the late one");
    assert!(log::says(&["ERROR", "a response fairing changed the session too late for its cookie"]));
}

#[rocket::async_test]
async fn a_fairing_after_ours_sees_the_session_and_can_change_it_no_more() {
    static WRITES: AtomicBool = AtomicBool::new(true);
    let build = |rocket: Rocket<Build>| rocket.attach(late_writer("after", &WRITES)).mount("/", routes::routes());
    let app = TestApp::with("", build).await;
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
async fn a_streamed_body_can_read_the_session_and_is_refused_changes() {
    let app = TestApp::new(routes![stream]).await;
    let page = app.visitor().get("/stream").await;
    assert_eq!(page.body, "Err(Committed) Err(Committed) false Ok(Some(1))");
    assert_eq!(app.data(), json!({"before": 1}));
    assert!(log::says(&["ERROR", "flush did nothing", &Error::Committed.to_string()]));
}

#[rocket::async_test]
async fn a_head_request_commits_as_a_get_does() {
    let app = TestApp::new(routes::routes()).await;
    let response = app.client.head("/insert/name/Bipasha").dispatch().await;
    assert!(response.headers().get_one("Set-Cookie").is_some());
    assert_eq!(app.data(), json!({"name": "Bipasha"}));
}

struct Refuses;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Refuses {
    type Error = ();

    /// Writes to the session and then forwards, so that the next route gets its turn.
    async fn from_request(request: &'r rocket::Request<'_>) -> rocket::request::Outcome<Self, ()> {
        let session = Session::from_request(request).await.succeeded().unwrap();
        session.insert("guard", 1).unwrap();
        rocket::request::Outcome::Forward(Status::NotFound)
    }
}

#[get("/forward", rank = 1)]
fn refused(_guard: Refuses) {}

#[get("/forward", rank = 2)]
fn accepted(session: Session<'_>) -> Result<()> {
    session.insert("handler", session.require::<u8>("guard")? + 1)
}

#[rocket::async_test]
async fn a_forwarded_request_keeps_one_session() {
    let app = TestApp::new(routes![refused, accepted]).await;
    app.visitor().visit("/forward").await;
    assert_eq!(app.data(), json!({"guard": 1, "handler": 2}));
}

/// A response fairing of the application's that signs out whoever it sees.
fn late_logout() -> impl Fairing {
    AdHoc::on_response("logout", |request, _| {
        Box::pin(async move {
            if request.uri().path() != "/insert/name/Bipasha" {
                Session::from_request(request).await.succeeded().unwrap().logout();
            }
        })
    })
}

async fn ends_whatever_the_handler_does(app: &TestApp) {
    for path in ["/look/name", "/insert/name/Codedec", "/cycle", "/flush_and_insert"] {
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let page = visitor.get(path).await;
        assert!(page.set_cookie().unwrap().is_removal(), "{path}");
        assert_eq!(app.rows(), [], "{path}");
    }
}

#[rocket::async_test]
async fn a_logout_in_a_fairing_before_ours_stands_whatever_the_handler_queued() {
    let app = TestApp::with_outer(late_logout(), routes::routes()).await;
    ends_whatever_the_handler_does(&app).await;
}

#[rocket::async_test]
async fn what_a_fairing_before_ours_inserts_after_its_logout_comes_too_late() {
    let late = AdHoc::on_response("somebody else", |request, _| {
        Box::pin(async move {
            if request.uri().path() != "/insert/name/Bipasha" {
                let session = Session::from_request(request).await.succeeded().unwrap();
                session.logout();
                session.insert("name", "Mallory").unwrap();
            }
        })
    });
    let app = TestApp::with_outer(late, routes::routes()).await;
    ends_whatever_the_handler_does(&app).await;
}

#[rocket::async_test]
async fn a_fairing_before_ours_that_reads_undoes_no_flush_and_no_insert_after_it() {
    static WRITES: AtomicBool = AtomicBool::new(false);
    let app = TestApp::with_outer(late_writer("before", &WRITES), routes::routes()).await;
    let (visitor, newcomer) = (app.visitor(), app.visitor());
    visitor.visit("/insert/name/Bipasha").await;
    for visitor in [&visitor, &newcomer] {
        let page = visitor.get("/flush_and_insert").await;
        assert!(!page.set_cookie().expect("the new session's").is_removal());
    }
    assert_eq!(app.rows().len(), 2);
}

/// A store that lets other tasks run while it loads, as one across a network does.
struct Distant(MemoryStore);

#[rocket::async_trait]
impl Store for Distant {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        rocket::tokio::task::yield_now().await;
        self.0.load(handle, alive).await
    }
    async fn create(&self, handle: &Handle, record: &Record, replaces: Option<&Handle>) -> Result<()> {
        self.0.create(handle, record, replaces).await
    }
    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        self.0.update(handle, update).await
    }
    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        self.0.touch(handle, touch).await
    }
    async fn delete(&self, handle: &Handle) -> Result<bool> {
        self.0.delete(handle).await
    }
}

struct Both;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Both {
    type Error = ();

    /// Asks for two sessions at once, and writes to each as soon as it has it.
    async fn from_request(request: &'r rocket::Request<'_>) -> rocket::request::Outcome<Self, ()> {
        let write = async |key: &str| {
            let session = Session::from_request(request).await.succeeded().unwrap();
            session.insert(key, 1).unwrap();
        };
        rocket::tokio::join!(write("one"), write("other"));
        rocket::request::Outcome::Success(Both)
    }
}

#[get("/both")]
fn both(_both: Both, session: Session<'_>) -> String {
    session.keys().join(" ")
}

#[rocket::async_test]
async fn two_guards_that_are_opened_at_once_share_one_session() {
    let fairing = Session::fairing().store(Distant(MemoryStore::default()));
    let rocket = rocket::custom(rocket::Config::debug_default()).attach(fairing);
    let rocket = rocket.mount("/", routes::routes()).mount("/", routes![both]);
    let client = rocket::local::asynchronous::Client::tracked(rocket).await.unwrap();
    client.get("/insert/first/1").dispatch().await;
    let keys = client.get("/both").dispatch().await.into_string().await.unwrap();
    assert_eq!(keys, "first one other");
}
