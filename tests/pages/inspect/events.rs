use rocket::http::Status;

use super::{app, inspect_page, listed_events, section};

#[rocket::async_test]
async fn every_request_is_listed_with_its_effect_and_its_statements() {
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
    assert_eq!(listed_events(&visitor).await, expected);
    assert!(section(&inspect_page(&visitor).await, "What the table holds").contains(">{}</code>"));
}

#[rocket::async_test]
async fn the_list_continues_after_a_login_a_new_key_and_another_owner() {
    let app = app().await;
    let visitor = app.visitor();
    for path in ["/set/", "/login/ada", "/cycle", "/login/bob"] {
        visitor.visit(path).await;
    }
    let expected = [
        "GET /login/bob created INSERT",
        "GET /login/bob ended DELETE INSERT",
        "GET /login/bob loaded SELECT",
        "GET /cycle renamed UPDATE INSERT",
        "GET /cycle loaded SELECT",
        "GET /login/ada renamed UPDATE INSERT",
        "GET /login/ada loaded SELECT",
        "GET /set/ created INSERT",
    ];
    assert_eq!(listed_events(&visitor).await, expected);
    let page = inspect_page(&visitor).await;
    assert!(section(&page, "What the application sees").contains("Some(\"bob\")"), "{page}");
    assert!(section(&page, "What the table holds").contains(">bob</code>"), "{page}");
}

#[rocket::async_test]
async fn the_cookie_of_an_ended_session_still_shows_how_the_session_ended() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let copy = visitor.copy();
    visitor.visit("/flush").await;
    let page = inspect_page(&copy).await;
    assert!(section(&page, "What the application sees").contains("The cookie opens nothing"), "{page}");
    assert!(section(&page, "What the table holds").contains("No row for you"), "{page}");
    let expected = ["GET /flush ended DELETE", "GET /flush loaded SELECT", "GET /set/ created INSERT"];
    assert_eq!(listed_events(&copy).await, expected);
    copy.visit("/get/").await;
    assert_eq!(listed_events(&copy).await[0], "GET /get/ refused SELECT SELECT");
}

#[rocket::async_test]
async fn a_session_that_was_revoked_by_another_visitor_is_listed_as_ended_without_a_request() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    app.visitor().visit(&format!("/end/{}", app.row().session_key)).await;
    assert_eq!(listed_events(&visitor).await, ["ended DELETE", "GET /set/ created INSERT"]);
}

#[rocket::async_test]
async fn the_inspect_page_changes_nothing_and_does_not_list_itself() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let before = (app.rows(), listed_events(&visitor).await);
    for path in ["/inspect", "/inspect/", "/inspect/"] {
        let page = visitor.get(path).await;
        assert!(page.status == Status::Ok && page.set_cookie().is_none(), "{path}");
        assert_eq!(page.header("Cache-Control"), ["no-store"], "{path}");
    }
    assert_eq!((app.rows(), listed_events(&visitor).await), before);
    app.visitor().visit("/inspect/").await;
    assert_eq!(app.rows(), before.0, "a visit without a cookie changes nothing either");
    visitor.visit("/get/").await;
    assert_eq!(
        listed_events(&visitor).await[0],
        "GET /get/ loaded SELECT",
        "the statements of /inspect/ do not count for the next request"
    );
}
