use rocket::http::{Method, Status};
use rocket::tokio::join;

use crate::routes::Breakpoint;
use crate::test_app::{Rank, TestApp};

#[rocket::async_test]
async fn signing_out_ends_the_session_and_makes_the_browser_forget_the_pages() {
    for engine in ["db", "memory", "cookie"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let visitor = app.signed_in("ada", Rank::User).await;
        let page = visitor.post("/accounts/logout/", &[]).await;
        assert_eq!(page.answer(), (303, Some("/accounts/login/")), "{engine}");
        assert_eq!(page.header("Clear-Site-Data"), [r#""cache", "storage""#], "{engine}");
        assert_eq!(visitor.cookie("sessionid"), None, "{engine}");
        assert!(!visitor.is_signed_in().await, "{engine}");
        assert_eq!(visitor.get("/accounts/login/").await.texts(".message"), ["You are signed out."], "{engine}");
        assert_eq!(app.last_audit(), "ada / signed out / - / - / 192.0.2.1", "{engine}");
    }
}

#[rocket::async_test]
async fn a_cookie_from_before_the_sign_out_opens_nothing() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let visitor = app.signed_in("ada", Rank::User).await;
        visitor.visit("/insert/cart/tea").await;
        let stolen = visitor.copy();
        visitor.post("/accounts/logout/", &[]).await;
        assert!(!stolen.is_signed_in().await, "{engine}");
        assert_eq!(stolen.visit("/look/cart").await, "", "{engine}");
    }
}

#[rocket::async_test]
async fn only_a_post_signs_out() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    for method in [Method::Get, Method::Head, Method::Put, Method::Delete, Method::Options] {
        let page = visitor.send(method, "/accounts/logout/", None, &[]).await;
        assert_eq!(page.status, Status::NotFound, "{method}");
    }
    assert!(visitor.is_signed_in().await);
}

#[rocket::async_test]
async fn a_visitor_who_is_not_signed_in_can_sign_out_and_loses_the_anonymous_session() {
    let app = TestApp::new().await;
    let visitor = app.visitor();
    visitor.visit("/insert/cart/tea").await;
    assert_eq!(visitor.post("/accounts/logout/", &[]).await.status, Status::SeeOther);
    assert_eq!((app.sessions(), app.audit_log()), (vec![], vec![]));
}

#[rocket::async_test]
async fn a_slow_request_does_not_bring_back_the_session_that_was_signed_out_meanwhile() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    let (window, breakpoint) = (visitor.copy(), app.client.rocket().state::<Breakpoint>().unwrap());
    let sign_out = async {
        breakpoint.reached.acquire().await.unwrap().forget();
        window.post("/accounts/logout/", &[]).await;
        breakpoint.resume.add_permits(1);
    };
    let (page, ()) = join!(visitor.get("/slow/insert/cart/tea"), sign_out);
    assert_eq!(page.status, Status::BadRequest);
    assert_eq!(app.sessions(), []);
    assert!(!visitor.is_signed_in().await);
}

#[rocket::async_test]
async fn a_sign_out_that_can_not_be_logged_ends_the_session_too() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    app.sql("ALTER TABLE audit_log RENAME TO away");
    assert_eq!(visitor.post("/accounts/logout/", &[]).await.status, Status::ServiceUnavailable);
    assert!(!visitor.is_signed_in().await, "the session has ended");
}
