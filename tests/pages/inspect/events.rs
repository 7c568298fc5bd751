use rocket::http::Status;

use super::{app, happened, look, section};

#[rocket::async_test]
async fn every_page_leaves_what_it_did_and_the_statements_that_it_took() {
    let app = app().await;
    let visitor = app.visitor();
    for path in ["/set/", "/get/", "/del/", "/clear"] {
        visitor.visit(path).await;
    }
    let expected = [
        "GET /clear saved UPDATE",
        "GET /clear loaded SELECT",
        "GET /del/ saved UPDATE",
        "GET /del/ loaded SELECT",
        "GET /get/ loaded SELECT",
        "GET /set/ created INSERT",
    ];
    assert_eq!(happened(&visitor).await, expected);
    assert!(section(&look(&visitor).await, "What the table holds").contains("<code>{}</code>"));
}

#[rocket::async_test]
async fn a_visitor_is_followed_through_a_login_a_new_key_and_another_owner() {
    let app = app().await;
    let visitor = app.visitor();
    for path in ["/set/", "/login/ada", "/cycle", "/login/bob"] {
        visitor.visit(path).await;
    }
    let expected = [
        "GET /login/bob created INSERT",
        "GET /login/bob ended DELETE",
        "GET /login/bob loaded SELECT",
        "GET /cycle renamed UPDATE",
        "GET /cycle loaded SELECT",
        "GET /login/ada renamed UPDATE",
        "GET /login/ada loaded SELECT",
        "GET /set/ created INSERT",
    ];
    assert_eq!(happened(&visitor).await, expected);
    let page = look(&visitor).await;
    assert!(section(&page, "What the application sees").contains("Some(\"bob\")"), "{page}");
    assert!(section(&page, "What the table holds").contains("<code>bob</code>"), "{page}");
}

#[rocket::async_test]
async fn who_still_sends_the_cookie_of_a_session_that_ended_sees_how_it_ended() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let copy = visitor.copy();
    visitor.visit("/flush").await;
    let page = look(&copy).await;
    assert!(section(&page, "What the application sees").contains("The cookie opens nothing"), "{page}");
    assert!(section(&page, "What the table holds").contains("No row for you"), "{page}");
    let expected = ["GET /flush ended DELETE", "GET /flush loaded SELECT", "GET /set/ created INSERT"];
    assert_eq!(happened(&copy).await, expected);
    copy.visit("/get/").await;
    assert_eq!(happened(&copy).await[0], "GET /get/ refused SELECT");
}

#[rocket::async_test]
async fn a_session_that_was_ended_from_elsewhere_shows_no_request() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    app.visitor().visit(&format!("/end/{}", app.row().session_key)).await;
    assert_eq!(happened(&visitor).await, ["ended DELETE", "GET /set/ created INSERT"]);
}

#[rocket::async_test]
async fn looking_changes_nothing_and_leaves_no_trace() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let before = (app.rows(), happened(&visitor).await);
    for path in ["/inspect", "/inspect/", "/inspect/"] {
        let page = visitor.get(path).await;
        assert!(page.status == Status::Ok && page.set_cookie().is_none(), "{path}");
        assert_eq!(page.header("Cache-Control"), ["no-store"], "{path}");
    }
    assert_eq!((app.rows(), happened(&visitor).await), before);
    app.visitor().visit("/inspect/").await;
    assert_eq!(app.rows(), before.0, "nor without a cookie");
    visitor.visit("/get/").await;
    assert_eq!(
        happened(&visitor).await[0],
        "GET /get/ loaded SELECT",
        "its own statements are not taken for another's"
    );
}
