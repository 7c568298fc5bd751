use rocket::http::Status;
use rocket::request::FromRequest;
use rocket::tokio::join;
use rocket::tokio::sync::Semaphore;
use rocket::{Build, Request, Rocket, State, catch, catchers, get, routes};
use rocket_diesel_sessions::{Expiry, Result, Session};
use serde_json::json;

use crate::log;
use crate::routes;
use crate::test_app::{SECRET_KEY, TestApp};
use crate::visitor::{Page, Visitor};

/// A point where a handler waits for the test, after its guard has loaded the session.
struct Breakpoint {
    reached: Semaphore,
    resume: Semaphore,
}

/// Tells the test that the handler has reached the breakpoint, and waits until the test resumes it.
async fn wait_at(breakpoint: &State<Breakpoint>) {
    breakpoint.reached.add_permits(1);
    breakpoint.resume.acquire().await.unwrap().forget();
}

#[get("/slow/look")]
async fn slow_look(session: Session<'_>, breakpoint: &State<Breakpoint>) -> Result<String> {
    wait_at(breakpoint).await;
    Ok(session.get("name")?.unwrap_or_default())
}

#[get("/slow/insert/<key>/<value>")]
async fn slow_insert(session: Session<'_>, breakpoint: &State<Breakpoint>, key: &str, value: &str) -> Result<()> {
    wait_at(breakpoint).await;
    session.insert(key, value)
}

#[get("/slow/clear")]
async fn slow_clear(session: Session<'_>, breakpoint: &State<Breakpoint>) {
    wait_at(breakpoint).await;
    session.clear();
}

#[get("/slow/cycle")]
async fn slow_cycle(session: Session<'_>, breakpoint: &State<Breakpoint>) {
    wait_at(breakpoint).await;
    session.cycle_key();
}

#[get("/slow/flush")]
async fn slow_flush(session: Session<'_>, breakpoint: &State<Breakpoint>) {
    wait_at(breakpoint).await;
    session.flush();
}

async fn app(settings: &str) -> TestApp {
    let breakpoint = Breakpoint { reached: Semaphore::new(0), resume: Semaphore::new(0) };
    let slow = routes![slow_look, slow_insert, slow_clear, slow_cycle, slow_flush, slow_pair, pair, slow_finish, begin];
    TestApp::with_settings(settings, |rocket| rocket.manage(breakpoint).mount("/", routes::routes()).mount("/", slow))
        .await
}

/// Requests `slow`. While its handler waits, requests all of `quick` in another window of the same browser. Returns the
/// response to `slow`.
async fn overlap(app: &TestApp, visitor: &Visitor<'_>, slow: &str, quick: &[&str]) -> Page {
    let breakpoint = app.client.rocket().state::<Breakpoint>().unwrap();
    let window = visitor.copy();
    let quick_requests = async {
        breakpoint.reached.acquire().await.unwrap().forget();
        for path in quick {
            window.visit(path).await;
        }
        breakpoint.resume.add_permits(1);
    };
    join!(visitor.get(slow), quick_requests).0
}

#[rocket::async_test]
async fn two_overlapping_requests_that_change_different_keys_lose_nothing() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    visitor.visit("/insert/b/old").await;
    let page = overlap(&app, &visitor, "/slow/insert/a/new", &["/insert/b/new", "/insert/c/new"]).await;
    assert_eq!(page.status, Status::Ok);
    assert_eq!(app.data(), json!({"a": "new", "b": "new", "c": "new"}));
    assert_eq!(app.row().version, 5);
}

#[rocket::async_test]
async fn the_later_commit_wins_if_two_requests_change_the_same_key() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    overlap(&app, &visitor, "/slow/insert/a/later", &["/insert/a/sooner"]).await;
    assert_eq!(app.data(), json!({"a": "later"}));
}

#[rocket::async_test]
async fn a_clear_also_removes_values_that_were_written_in_the_meantime() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    overlap(&app, &visitor, "/slow/clear", &["/insert/b/new"]).await;
    assert_eq!(app.data(), json!({}));
}

#[rocket::async_test]
async fn a_late_change_never_brings_an_ended_session_back() {
    for slow in ["/slow/insert/a/late", "/slow/clear", "/slow/cycle"] {
        let app = app("").await;
        let visitor = app.visitor();
        visitor.visit("/insert/a/old").await;
        let handle = app.row().session_key;
        let page = overlap(&app, &visitor, slow, &["/flush"]).await;
        assert_eq!(page.status, Status::BadRequest, "{slow}");
        assert!(page.set_cookie().is_none(), "{slow}");
        assert!(log::contains_line(&["WARN", &handle[..8], "interrupted"]), "{slow}");
        assert!(!log::contains_line(&[&handle[..9]]), "{slow}: the log should only have the first 8 digits");
        assert_eq!(app.rows(), [], "{slow}");
    }
}

#[rocket::async_test]
async fn a_late_change_is_interrupted_if_another_request_changed_the_key() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    let page = overlap(&app, &visitor, "/slow/insert/a/late", &["/cycle"]).await;
    assert_eq!(page.status, Status::BadRequest);
    assert_eq!(app.data(), json!({"a": "old"}));
}

#[rocket::async_test]
async fn a_change_after_the_expire_date_is_interrupted() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    let before = app.row();
    let breakpoint = app.client.rocket().state::<Breakpoint>().unwrap();
    let expire = async {
        breakpoint.reached.acquire().await.unwrap().forget();
        app.clock.advance(time::Duration::weeks(2));
        breakpoint.resume.add_permits(1);
    };
    let page = join!(visitor.get("/slow/insert/a/late"), expire).0;
    assert_eq!(page.status, Status::BadRequest);
    assert_eq!(app.row(), before);
}

#[rocket::async_test]
async fn a_late_request_that_only_reads_or_flushes_succeeds() {
    for slow in ["/slow/look", "/slow/flush"] {
        let app = app("").await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/old").await;
        let page = overlap(&app, &visitor, slow, &["/flush"]).await;
        assert_eq!(page.status, Status::Ok, "{slow}");
        assert_eq!(app.rows(), [], "{slow}");
    }
}

#[rocket::async_test]
async fn a_late_renewal_sets_no_cookie_and_never_brings_an_ended_session_back() {
    let app = app("save_every_request = true").await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/old").await;
    app.clock.advance(time::Duration::HOUR);
    let page = overlap(&app, &visitor, "/slow/look", &["/flush"]).await;
    assert_eq!((page.status, page.body.as_str()), (Status::Ok, "old"));
    assert!(page.set_cookie().is_none());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn two_requests_that_together_exceed_max_size_do_not_both_succeed() {
    let app = app("max_size = 40").await;
    let visitor = app.visitor();
    visitor.visit("/insert/x/x").await;
    let page = overlap(&app, &visitor, "/slow/insert/a/0123456789", &["/insert/b/0123456789"]).await;
    assert_eq!(page.status, Status::PayloadTooLarge);
    assert!(page.set_cookie().is_none());
    assert_eq!(app.data(), json!({"x": "x", "b": "0123456789"}));
}

#[rocket::async_test]
async fn sixty_four_parallel_requests_keep_all_their_values() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/first/0").await;
    let breakpoint = app.client.rocket().state::<Breakpoint>().unwrap();
    let requests = (0..64).map(|n| {
        let window = visitor.copy();
        async move { window.get(&format!("/slow/insert/key{n}/{n}")).await.status }
    });
    let resume = async {
        breakpoint.reached.acquire_many(64).await.unwrap().forget();
        breakpoint.resume.add_permits(64);
    };
    let (statuses, ()) = join!(rocket::futures::future::join_all(requests), resume);
    assert_eq!(statuses, [Status::Ok; 64]);
    assert_eq!(app.data().as_object().unwrap().len(), 65);
    assert_eq!(app.row().version, 65);
}

#[rocket::async_test]
async fn thirty_parallel_reads_renew_the_session_once() {
    let app = app("save_every_request = true").await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/old").await;
    app.clock.advance(time::Duration::HOUR);
    let breakpoint = app.client.rocket().state::<Breakpoint>().unwrap();
    let requests = (0..30).map(|_| {
        let window = visitor.copy();
        async move { window.get("/slow/look").await }
    });
    let resume = async {
        breakpoint.reached.acquire_many(30).await.unwrap().forget();
        breakpoint.resume.add_permits(30);
    };
    let (pages, ()) = join!(rocket::futures::future::join_all(requests), resume);
    assert_eq!(pages.iter().filter(|page| page.status == Status::Ok).count(), 30);
    assert_eq!(pages.iter().filter(|page| page.set_cookie().is_some()).count(), 1);
}

#[rocket::async_test]
async fn the_cookie_uses_the_expiry_that_another_request_set_in_the_meantime() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    let page = overlap(&app, &visitor, "/slow/insert/a/new", &["/close"]).await;
    let cookie = page.set_cookie().unwrap();
    assert_eq!((cookie.attribute("max-age"), cookie.attribute("expires")), (None, None));
    let page = overlap(&app, &visitor, "/slow/insert/a/newer", &["/after/300"]).await;
    assert_eq!(page.set_cookie().unwrap().attribute("max-age"), Some("300"));
    assert_eq!(visitor.visit("/look/a").await, "newer", "the cookie still opens the session");
}

#[get("/slow/pair/<a>/<b>")]
async fn slow_pair(session: Session<'_>, breakpoint: &State<Breakpoint>, a: &str, b: &str) -> Result<()> {
    wait_at(breakpoint).await;
    session.insert("a", a)?;
    session.insert("b", b)
}

#[get("/pair/<a>/<b>")]
fn pair(session: Session<'_>, a: &str, b: &str) -> Result<()> {
    session.insert("a", a)?;
    session.insert("b", b)
}

#[rocket::async_test]
async fn values_that_one_request_writes_together_stay_together() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/pair/1/1").await;
    overlap(&app, &visitor, "/slow/pair/1/2", &["/pair/5/5"]).await;
    assert_eq!(app.data(), json!({"a": "1", "b": "2"}), "the later commit wins, although its `a` was no change");
}

#[catch(400)]
async fn interrupted(request: &Request<'_>) -> String {
    let session = Session::from_request(request).await.succeeded().unwrap();
    format!("{:?} {:?}", session.get::<String>("a").unwrap(), session.owner())
}

#[rocket::async_test]
async fn the_catcher_of_an_interrupted_request_sees_nothing_of_the_ended_session() {
    let breakpoint = Breakpoint { reached: Semaphore::new(0), resume: Semaphore::new(0) };
    let build = |rocket: Rocket<Build>| {
        let rocket = rocket.manage(breakpoint).mount("/", routes::routes()).mount("/", routes![slow_insert]);
        rocket.register("/", catchers![interrupted])
    };
    let app = TestApp::with_settings("", build).await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/secret").await;
    visitor.visit("/login/ada").await;
    let page = overlap(&app, &visitor, "/slow/insert/b/late", &["/flush"]).await;
    assert_eq!((page.status, page.body.as_str()), (Status::BadRequest, "None None"));
}

#[get("/slow/finish")]
async fn slow_finish(session: Session<'_>, breakpoint: &State<Breakpoint>) -> Result<()> {
    wait_at(breakpoint).await;
    session.insert("step", "done")?;
    session.remove("pending");
    session.set_expiry(Expiry::Default)
}

#[get("/begin")]
fn begin(session: Session<'_>) -> Result<()> {
    session.insert("step", "begun")?;
    session.insert("pending", true)?;
    session.set_expiry(Expiry::BrowserClose)
}

#[rocket::async_test]
async fn what_one_request_wrote_together_stays_together_with_an_absent_key() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    overlap(&app, &visitor, "/slow/finish", &["/begin"]).await;
    assert_eq!(app.data(), json!({"a": "old", "step": "done"}));
    assert_eq!(app.row().expiry, None, "an expiry that was equal is written too");
}

#[rocket::async_test]
async fn removing_an_absent_key_or_setting_an_equal_expiry_writes_nothing() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/a/old").await;
    visitor.visit("/close").await;
    let before = app.row();
    for path in ["/remove/absent", "/close"] {
        assert!(visitor.get(path).await.set_cookie().is_none(), "{path}");
        assert_eq!(app.row(), before, "{path}");
    }
}

#[rocket::async_test]
async fn a_late_request_with_the_old_cookie_does_not_undo_a_login() {
    for new_key in ["/login/ada", "/cycle"] {
        let app = app("").await;
        let visitor = app.visitor();
        visitor.visit("/insert/a/old").await;
        let late = visitor.copy();
        visitor.visit(new_key).await;
        let rows = app.rows();
        let changes = ["/insert/a/late", "/remove/a", "/clear", "/cycle", "/close", "/flush", "/flush_and_insert"];
        for path in changes {
            let page = late.get(path).await;
            assert_eq!(page.status, Status::BadRequest, "{path}");
            assert!(page.set_cookie().is_none(), "{path}");
        }
        for (path, status) in [("/look/a", 200), ("/insert_and_err", 409), ("/flush_and_500", 500)] {
            let page = late.get(path).await;
            assert_eq!((page.status.code, page.set_cookie().is_none()), (status, true), "{path}");
        }
        assert_eq!(late.visit("/look/a").await, "", "a read is served without a session");
        assert_eq!(app.rows(), rows, "nothing has changed");

        let minute_later = late.copy();
        late.visit("/login/bob").await;
        assert_eq!(app.rows().len(), 2, "a login gets a new session");
        app.clock.advance(time::Duration::MINUTE);
        minute_later.visit("/insert/a/new").await;
        assert_eq!(app.rows().len(), 3, "after a minute, the cookie is like any that opens nothing");
        assert_eq!(visitor.visit("/look/a").await, "old");
    }
}

#[rocket::async_test]
async fn a_late_request_does_not_undo_a_login_at_another_instance() {
    let one = app("").await;
    let other = one.launch_another(SECRET_KEY, "", |rocket| rocket.mount("/", routes::routes())).await;
    let visitor = one.visitor();
    visitor.visit("/insert/a/old").await;
    let late = Visitor::new(&other);
    late.set_cookie(&visitor.cookie().unwrap());
    visitor.visit("/login/ada").await;
    let page = late.get("/insert/a/late").await;
    assert_eq!((page.status, page.set_cookie().is_none()), (Status::BadRequest, true));
}

#[rocket::async_test]
async fn a_late_request_does_not_undo_the_login_of_another_owner() {
    let app = app("").await;
    let visitor = app.visitor();
    visitor.visit("/login/ada").await;
    let late = visitor.copy();
    visitor.visit("/login/bob").await;
    assert_eq!(late.get("/insert/a/late").await.status, Status::BadRequest);
    assert_eq!(app.row().owner.as_deref(), Some("bob"));
}

#[rocket::async_test]
async fn a_logout_that_meets_a_new_key_ends_the_session() {
    for quick in [&["/cycle"][..], &["/login/ada"], &["/login/ada", "/cycle"]] {
        for engine in ["db", "memory"] {
            let app = app(&format!("engine = '{engine}'")).await;
            let visitor = app.visitor();
            visitor.visit("/insert/name/old").await;
            let window = visitor.copy();
            let breakpoint = app.client.rocket().state::<Breakpoint>().unwrap();
            let new_keys = async {
                breakpoint.reached.acquire().await.unwrap().forget();
                for path in quick {
                    window.visit(path).await;
                }
                breakpoint.resume.add_permits(1);
            };
            let page = join!(visitor.get("/slow/flush"), new_keys).0;
            assert_eq!(page.status, Status::Ok, "{quick:?}");
            assert!(page.set_cookie().unwrap().is_removal(), "{quick:?}");
            assert_eq!(window.visit("/look/name").await, "", "{quick:?}: the session lives on under its new key");
        }
    }
}

#[rocket::async_test]
async fn a_planted_key_signs_nobody_out() {
    let app = app("").await;
    let attacker = app.visitor();
    attacker.visit("/insert/name/planted").await;
    let victim = attacker.copy();
    victim.visit("/login/ada").await;
    let planted = attacker.copy();
    assert_eq!(attacker.get("/logout").await.status, Status::BadRequest);
    assert_eq!(app.row().owner.as_deref(), Some("ada"));
    app.clock.advance(time::Duration::MINUTE);
    planted.visit("/logout").await;
    assert_eq!(app.row().owner.as_deref(), Some("ada"), "the key leads nowhere after a minute");
}

#[rocket::async_test]
async fn a_cookie_is_not_sent_again_under_a_new_secret_key_if_a_login_has_replaced_it() {
    let before = app("").await;
    let visitor = before.visitor();
    visitor.visit("/insert/name/old").await;
    let breakpoint = Breakpoint { reached: Semaphore::new(0), resume: Semaphore::new(0) };
    let settings = format!("secret_key_fallbacks = ['{SECRET_KEY}']");
    let build =
        |rocket: Rocket<Build>| rocket.manage(breakpoint).mount("/", routes::routes()).mount("/", routes![slow_look]);
    let during = before.launch_another(&"0f".repeat(32), &settings, build).await;
    let returning = during.visitor();
    returning.set_cookie(&visitor.cookie().unwrap());
    let page = overlap(&during, &returning, "/slow/look", &["/login/ada"]).await;
    assert_eq!(page.body, "old");
    assert!(page.set_cookie().is_none(), "it would take the place of the login's cookie");
}
