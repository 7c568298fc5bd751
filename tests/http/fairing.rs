use std::sync::atomic::{AtomicBool, Ordering};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::Status;
use rocket::request::FromRequest;
use rocket::response::stream::TextStream;
use rocket::{Build, Rocket, get, routes};
use rocket_diesel_sessions::{Error, Result, Session};
use serde_json::json;

use crate::secrecy;
use crate::site::Site;
use crate::verbs;

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
    let site = Site::with_outer(late_writer("before", &WRITES), verbs::routes()).await;
    let visitor = site.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_eq!(site.data(), json!({"name": "Bipasha"}));
    WRITES.store(true, Ordering::SeqCst);
    let page = visitor.get("/insert/name/Codedec").await;
    assert_eq!(page.status, Status::Ok);
    assert_eq!(site.data(), json!({"name": "Codedec"}), "the handler's change, and not the late one");
    assert!(secrecy::log_says(&["ERROR", "a response fairing changed the session after its cookie was due"]));
}

#[rocket::async_test]
async fn a_fairing_after_ours_sees_the_session_and_can_change_it_no_more() {
    static WRITES: AtomicBool = AtomicBool::new(true);
    let build = |rocket: Rocket<Build>| rocket.attach(late_writer("after", &WRITES)).mount("/", verbs::routes());
    let site = Site::with("", build).await;
    let visitor = site.visitor();
    for path in ["/insert/name/Bipasha", "/plain"] {
        let page = visitor.get(path).await;
        assert_eq!(page.header("X-Seen"), [r#"Some("Bipasha")"#], "{path}");
        assert_eq!(page.header("X-Insert"), ["Err(Committed)"], "{path}");
        assert_eq!(site.data(), json!({"name": "Bipasha"}), "{path}");
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
    let site = Site::new(routes![stream]).await;
    let page = site.visitor().get("/stream").await;
    assert_eq!(page.body, "Err(Committed) Err(Committed) false Ok(Some(1))");
    assert_eq!(site.data(), json!({"before": 1}));
    assert!(secrecy::log_says(&["ERROR", "flush did nothing", &Error::Committed.to_string()]));
}

#[rocket::async_test]
async fn a_head_request_commits_as_a_get_does() {
    let site = Site::new(verbs::routes()).await;
    let response = site.client.head("/insert/name/Bipasha").dispatch().await;
    assert!(response.headers().get_one("Set-Cookie").is_some());
    assert_eq!(site.data(), json!({"name": "Bipasha"}));
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
    let site = Site::new(routes![refused, accepted]).await;
    site.visitor().visit("/forward").await;
    assert_eq!(site.data(), json!({"guard": 1, "handler": 2}));
}
