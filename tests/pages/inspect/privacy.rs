use rocket::http::Cookie;

use super::{app, inspect_page, listed_events};
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_visitor_with_an_old_key_sees_nothing_of_the_session() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let thief = visitor.copy();
    visitor.visit("/login/ada").await;
    let (page, row) = (inspect_page(&thief).await, app.row());
    for word in ["Bipasha", "ada", "/login", "/set", &row.session_key] {
        let shown = page.replace("<form action=\"/set/\"", "");
        assert!(!shown.contains(word), "{word}: {shown}");
    }
    assert_eq!(listed_events(&thief).await, [""; 0]);
    assert_eq!(listed_events(&visitor).await.len(), 3);
}

#[rocket::async_test]
async fn a_visitor_sees_only_their_own_session() {
    let app = app().await;
    let (one, other) = (app.visitor(), app.visitor());
    one.visit("/insert/mine/Bipasha").await;
    other.visit("/insert/theirs/Codedec").await;
    let page = inspect_page(&one).await;
    let other_handle = other.visit("/handle").await;
    assert!(page.contains("Bipasha") && page.contains("/insert/mine/Bipasha"), "{page}");
    for word in ["theirs", "Codedec", &other_handle] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    assert_eq!(listed_events(&one).await, ["GET /insert/mine/Bipasha created INSERT"]);
}

#[rocket::async_test]
async fn the_page_shows_neither_the_key_nor_the_whole_cookie() {
    let app = app().await;
    let visitor = app.visitor();
    for path in ["/set/", "/get/", "/cycle", "/login/ada"] {
        visitor.visit(path).await;
    }
    let (page, cookie) = (inspect_page(&visitor).await, visitor.cookie().unwrap());
    assert!(page.contains(&cookie[..8]) && !page.contains(&cookie[..9]));
    let key = key_of(&app, &cookie).await;
    assert!(key.len() == 43 && !page.contains(&key[..9]));
}

#[rocket::async_test]
async fn a_statement_is_short_and_has_its_values_with_the_start_of_the_handle() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let old_key = app.row().session_key;
    for path in ["/del/", "/get/", "/login/ada"] {
        visitor.visit(path).await;
    }
    let (page, row) = (inspect_page(&visitor).await, app.row());
    let page = page.replace("<b class=\"handle\">", "").replace("</b>", "");
    let (key, old_key) = (format!("'{}…'", &row.session_key[..8]), format!("'{}…'", &old_key[..8]));
    for statement in [
        format!("SELECT … FROM sessions WHERE session_key = {old_key}"),
        "owner = 'ada'".to_owned(),
        format!("UPDATE sessions SET session_key = {key}"),
    ] {
        assert!(page.contains(&statement), "{statement}: {page}");
    }
    // On PostgreSQL, these can be statements of several visitors, so they have no values.
    if app.is_sqlite() {
        let insert = format!("VALUES ({old_key}, '{{\"lname\":\"Codedec\",\"name\":\"Bipasha\"}}', '");
        assert!(page.contains(&insert), "{page}");
        assert!(
            page.contains("UPDATE sessions SET session_data = '{\"lname\":\"Codedec\"}', expire_date = '"),
            "{page}"
        );
    }
}

/// Decrypts a cookie with the server's secret key and returns the session key in it.
async fn key_of(app: &TestApp, cookie: &str) -> String {
    let request = app.client.get("/").cookie(Cookie::parse_encoded(format!("sessionid={cookie}")).unwrap());
    let key = request.inner().cookies().get_private("sessionid").map(|cookie| cookie.value().to_owned());
    key.unwrap_or_default()
}

#[rocket::async_test]
async fn markup_in_a_value_is_shown_as_text() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/%3Cscript%3E").await;
    let page = visitor.visit("/inspect/").await;
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
}
