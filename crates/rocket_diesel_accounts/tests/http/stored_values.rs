//! Values with markup, wherever a value can come from.

use rocket::http::{Method, RawStr};
use serde_json::json;

use crate::test_app::{AuditRow, PASSWORD, Rank, TestApp, UserRow};
use crate::visitor::{Page, Visitor};
use crate::{log, paths};

/// It would be an element wherever a page does not escape it: in a text, in an attribute, in a script.
const MARKUP: &str = "\"'></title></script><img src=x onerror=alert(1)>";

fn assert_escaped(path: &str, page: &Page) {
    assert_eq!(page.texts("img, [onerror], script"), [""; 0], "{path}: {}", page.body);
    assert!(!page.body.contains("<img"), "{path}: {}", page.body);
    assert!(!page.body.contains("&amp;lt;"), "{path}: escaped twice: {}", page.body);
}

/// Adds a user by another program, which checks no names.
fn add_with_name(app: &TestApp, name: &str, rank: Rank) {
    app.add("template", rank);
    let row = app.user("template");
    app.sql("DELETE FROM users WHERE name = 'template'");
    app.insert_user(UserRow { name: name.into(), name_key: name.to_lowercase(), ..row });
}

async fn assert_all_escaped(app: &TestApp, visitor: &Visitor<'_>) {
    let pages = [paths::of(app, Method::Get, "/admin"), paths::of(app, Method::Get, "/accounts")].concat();
    for path in pages {
        let page = visitor.get(&path).await;
        assert_eq!(page.status.code, 200, "{path}");
        assert_escaped(&path, &page);
    }
}

#[rocket::async_test]
async fn the_name_of_a_user_is_escaped_on_every_page() {
    let app = TestApp::new().await;
    add_with_name(&app, MARKUP, Rank::Superuser);
    let visitor = app.visitor();
    assert_eq!(visitor.sign_in(MARKUP, PASSWORD).await.status.code, 303);
    assert!(visitor.visit("/accounts/sessions/").await.contains("&lt;img"), "the name is shown");
    assert_all_escaped(&app, &visitor).await;
    let id = app.users().remove(0).id;
    for fields in [[("name", MARKUP), ("is_superuser", "true")], [("name", MARKUP), ("is_active", "true")]] {
        assert_escaped("a refused change", &visitor.post(&format!("/admin/users/{id}/"), &fields).await);
    }
    let fields = [("name", MARKUP), ("is_superuser", "true"), ("is_active", "true")];
    assert_eq!(visitor.post(&format!("/admin/users/{id}/"), &fields).await.status.code, 303);
    assert_escaped("a message", &visitor.get(&format!("/admin/users/{id}/")).await);
    assert_escaped("a question", &visitor.post("/admin/sessions/", &[("owner", &id)]).await);
}

#[rocket::async_test]
async fn the_data_and_the_owner_and_the_device_of_a_session_are_escaped_on_every_page() {
    let app = TestApp::new().await;
    let visitor = app.visitor().user_agent(&format!("{MARKUP}/5.0"));
    app.add("root", Rank::Superuser);
    visitor.sign_in("root", PASSWORD).await;
    let markup = RawStr::new(MARKUP).percent_encode();
    visitor.visit(&format!("/insert/{markup}/{markup}")).await;
    app.visitor().visit(&format!("/forge/{markup}")).await;
    assert_all_escaped(&app, &visitor).await;
    for session in app.sessions() {
        let path = format!("/admin/sessions/{}/", session.session_key);
        let page = visitor.get(&path).await;
        assert_escaped(&path, &page);
        assert!(page.body.contains("&lt;img"), "the value is shown: {}", page.body);
        assert_escaped("a question", &visitor.post("/admin/sessions/", &[("handle", &session.session_key)]).await);
    }
    let page = visitor.post("/admin/sessions/", &[("owner", MARKUP)]).await;
    assert!(page.body.contains("&lt;img"), "the owner is shown: {}", page.body);
    assert_escaped("all sessions of an owner", &page);
}

#[rocket::async_test]
async fn nested_data_and_data_of_another_program_is_escaped() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let data = json!({"a": [{MARKUP: {MARKUP: [MARKUP]}}], "$login": {"device": MARKUP, "stamp": MARKUP}});
    app.visitor().visit("/insert/cart/tea").await;
    app.sql(&format!(
        "UPDATE sessions SET session_data = '{}' WHERE owner IS NULL",
        data.to_string().replace('\'', "''")
    ));
    let handle = app.sessions().into_iter().find(|session| session.owner.is_none()).unwrap().session_key;
    let page = root.get(&format!("/admin/sessions/{handle}/")).await;
    assert!(page.body.contains("&lt;img"));
    assert_escaped("a session", &page);
    assert_all_escaped(&app, &root).await;
}

#[rocket::async_test]
async fn every_column_of_the_audit_log_is_escaped() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let text = || Some(MARKUP.to_owned());
    app.insert_audit(&[AuditRow {
        id: MARKUP.into(),
        at: app.clock.column(),
        actor: text(),
        action: MARKUP.into(),
        object: text(),
        detail: text(),
        address: text(),
    }]);
    assert_eq!(root.visit("/admin/log/").await.matches("&lt;img").count(), 5);
    assert_all_escaped(&app, &root).await;
}

#[rocket::async_test]
async fn what_was_typed_is_escaped_where_a_page_shows_it_again() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let markup = RawStr::new(MARKUP).percent_encode();
    for path in ["/accounts/login/?next=", "/admin/sessions/?q=", "/admin/users/?q=", "/admin/users/?from="] {
        let page = root.get(&format!("{path}{markup}")).await;
        assert_eq!(page.status.code, 200, "{path}");
        assert_escaped(path, &page);
    }
    let fields = [("username", MARKUP), ("password", MARKUP), ("next", MARKUP)];
    let page = app.visitor().post("/accounts/login/", &fields).await;
    assert_escaped("a wrong sign-in", &page);
    assert_eq!(page.attributes("[name=username], [name=next]", "value"), [MARKUP; 2]);
    let fields = [("name", MARKUP), ("password1", MARKUP), ("password2", MARKUP)];
    assert_escaped("a refused user", &root.post("/admin/users/add/", &fields).await);
    let fields = [("old_password", PASSWORD), ("new_password1", MARKUP), ("new_password2", MARKUP)];
    assert_escaped("a refused password", &root.post("/accounts/password/", &fields).await);
    root.set_cookie("_flash", "/", &format!("7:success{markup}"));
    let page = root.get("/admin/users/").await;
    assert_eq!(page.texts(".message"), [MARKUP]);
    assert_escaped("a message", &page);
}

#[rocket::async_test]
async fn a_name_with_a_line_break_that_another_program_has_stored_makes_no_second_line_in_the_log() {
    let app = TestApp::new().await;
    let name = "eve\nFORGED-by-a-stored-name";
    add_with_name(&app, name, Rank::User);
    let visitor = app.visitor();
    assert_eq!(visitor.sign_in(name, PASSWORD).await.status.code, 303);
    assert_eq!(visitor.get("/admin/").await.status.code, 403);
    let lines = log::lines_with("FORGED-by-a-stored-name");
    assert!(!lines.is_empty() && lines.iter().all(|line| !line.starts_with("FORGED")), "{lines:?}");
}
