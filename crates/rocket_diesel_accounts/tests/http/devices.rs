use rocket::http::Status;
use time::Duration;

use crate::test_app::{PASSWORD, Rank, TestApp};
use crate::visitor::{SAFARI, Visitor};

const PATH: &str = "/accounts/sessions/";

/// Returns the handles that the page of a visitor's own sessions shows, this one first.
async fn handles(visitor: &Visitor<'_>) -> Vec<String> {
    visitor.get(PATH).await.attributes("[name=end]", "value")
}

#[rocket::async_test]
async fn the_own_sessions_are_listed_with_browser_and_system_and_which_is_this_one() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let here = app.signed_in("ada", Rank::User).await;
        app.clock.advance(Duration::HOUR);
        let there = app.visitor().user_agent(SAFARI);
        there.sign_in("ada", PASSWORD).await;
        app.signed_in("bob", Rank::User).await;
        let page = here.get(PATH).await;
        assert_eq!(page.texts(".devices h2"), ["Firefox on Linux this one", "Safari on macOS"], "{engine}");
        assert_eq!(page.texts(".devices time").len(), 4, "{engine}: when each began, and its last change");
        assert_eq!(there.get(PATH).await.texts(".devices h2"), ["Safari on macOS this one", "Firefox on Linux"]);
    }
}

#[rocket::async_test]
async fn a_session_that_is_not_signed_in_any_more_is_not_listed() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    let forger = app.visitor();
    forger.visit(&format!("/forge/{}", app.user("ada").id)).await;
    app.sign_in("ada").await;
    assert_eq!(handles(&visitor).await.len(), 2, "the forged one has no stamp");
}

#[rocket::async_test]
async fn one_session_can_be_ended_from_another() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let here = app.signed_in("ada", Rank::User).await;
        let (there, elsewhere) = (app.sign_in("ada").await, app.sign_in("ada").await);
        let handle = handles(&there).await.remove(0);
        assert_eq!(here.post(PATH, &[("end", &handle)]).await.answer(), (303, Some(PATH)), "{engine}");
        assert!(!there.is_signed_in().await, "{engine}");
        assert!(here.is_signed_in().await && elsewhere.is_signed_in().await, "{engine}");
    }
}

#[rocket::async_test]
async fn all_other_sessions_can_be_ended_at_once() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let here = app.signed_in("ada", Rank::User).await;
        let (there, elsewhere) = (app.sign_in("ada").await, app.sign_in("ada").await);
        let bob = app.signed_in("bob", Rank::User).await;
        assert_eq!(here.post(PATH, &[("others", "true")]).await.answer(), (303, Some(PATH)), "{engine}");
        assert!(here.is_signed_in().await && bob.is_signed_in().await, "{engine}");
        assert!(!there.is_signed_in().await && !elsewhere.is_signed_in().await, "{engine}");
        assert_eq!(here.get(PATH).await.texts(".message"), ["Other sessions that have ended: 2."]);
    }
}

#[rocket::async_test]
async fn the_session_of_somebody_else_can_not_be_ended_by_its_handle() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let bob = app.signed_in("bob", Rank::User).await;
        let eve = app.signed_in("eve", Rank::User).await;
        let handle = handles(&bob).await.remove(0);
        assert_eq!(eve.post(PATH, &[("end", &handle)]).await.status, Status::NotFound, "{engine}");
        app.clock.advance(Duration::HOUR);
        let fields = [("end", handle.as_str()), ("password", PASSWORD)];
        assert_eq!(eve.post(PATH, &fields).await.status, Status::NotFound, "{engine}: with eve's password");
        assert!(bob.is_signed_in().await, "{engine}");
    }
}

#[rocket::async_test]
async fn a_handle_of_no_session_is_not_found() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    let unknown = "0a".repeat(32);
    for fields in
        [&[("end", unknown.as_str())][..], &[("end", "nonsense")], &[("end", "")], &[], &[("others", "false")]]
    {
        assert_eq!(visitor.post(PATH, fields).await.status, Status::NotFound, "{fields:?}");
    }
    assert!(visitor.is_signed_in().await);
}

#[rocket::async_test]
async fn the_password_is_asked_for_again_if_it_was_given_more_than_ten_minutes_ago() {
    let app = TestApp::new().await;
    let here = app.signed_in("ada", Rank::User).await;
    let there = app.sign_in("ada").await;
    let handle = handles(&there).await.remove(0);
    app.clock.advance(Duration::minutes(10));
    for field in [("end", handle.as_str()), ("others", "true")] {
        let page = here.post(PATH, &[field]).await;
        assert_eq!((page.status, page.texts("h1")), (Status::Ok, vec!["Type your password".into()]));
        assert_eq!(page.attributes(&format!("[name={}]", field.0), "value"), [field.1], "the form sends it again");
        let page = here.post(PATH, &[field, ("password", "wrong")]).await;
        assert_eq!(page.texts("#error"), ["The password is wrong."]);
        assert!(there.is_signed_in().await, "a wrong password ends nothing");
    }
    let stolen = here.copy();
    assert_eq!(here.post(PATH, &[("end", &handle), ("password", PASSWORD)]).await.answer(), (303, Some(PATH)));
    assert!(!there.is_signed_in().await);
    assert!(here.is_signed_in().await);
    assert!(!stolen.is_signed_in().await, "the password gives the session a new key");
}

#[rocket::async_test]
async fn a_password_that_was_given_counts_for_ten_minutes() {
    let app = TestApp::new().await;
    let here = app.signed_in("ada", Rank::User).await;
    for asks in [false, true] {
        let there = app.sign_in("ada").await;
        let handle = handles(&there).await.remove(0);
        app.clock.advance(Duration::minutes(5) - Duration::SECOND);
        app.clock.advance(if asks { Duration::SECOND * 2 } else { Duration::ZERO });
        let page = here.post(PATH, &[("end", &handle)]).await;
        assert_eq!(page.status == Status::Ok, asks, "{}", page.body);
        assert_eq!(there.is_signed_in().await, asks);
    }
}

#[rocket::async_test]
async fn guesses_of_the_password_on_the_page_that_asks_again_are_limited() {
    let app = TestApp::new().await;
    let thief = app.signed_in("ada", Rank::User).await;
    app.sign_in("ada").await;
    app.clock.advance(Duration::HOUR);
    for _ in 0..5 {
        assert_eq!(thief.post(PATH, &[("others", "true"), ("password", "wrong")]).await.status, Status::Ok);
    }
    let page = thief.post(PATH, &[("others", "true"), ("password", PASSWORD)]).await;
    assert_eq!((page.status.code, page.retry_after()), (429, Some(1)));
    assert_eq!(app.sessions().len(), 2);
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 303, "the owner can still sign in");
}

#[rocket::async_test]
async fn ending_this_session_signs_out() {
    let app = TestApp::new().await;
    let here = app.signed_in("ada", Rank::User).await;
    let there = app.sign_in("ada").await;
    let (handle, stolen) = (handles(&here).await.remove(0), here.copy());
    app.clock.advance(Duration::HOUR);
    let page = here.post(PATH, &[("end", &handle)]).await;
    assert_eq!(page.answer(), (303, Some("/accounts/login/")), "no password is asked for");
    assert_eq!(page.header("Clear-Site-Data"), [r#""cache", "storage""#]);
    assert!(!here.is_signed_in().await && !stolen.is_signed_in().await);
    assert!(there.is_signed_in().await);
    assert_eq!(app.last_audit(), "ada / signed out / - / - / 192.0.2.1");
}

#[rocket::async_test]
async fn an_application_that_keeps_its_sessions_in_the_browsers_says_so_and_shows_no_list() {
    let app = TestApp::with_settings("session.engine = 'cookie'").await;
    let visitor = app.signed_in("ada", Rank::User).await;
    let page = visitor.get(PATH).await;
    assert!(page.body.contains("no list of them") && page.body.contains("change your password"), "{}", page.body);
    assert_eq!(visitor.post(PATH, &[("end", &"0a".repeat(32))]).await.status, Status::NotFound);
    visitor.post("/accounts/logout/", &[]).await;
    assert!(!visitor.is_signed_in().await);
}
