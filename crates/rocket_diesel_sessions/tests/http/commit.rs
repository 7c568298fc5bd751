use serde_json::json;
use time::Duration;

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn reading_a_session_writes_nothing_and_sets_no_cookie() {
    let app = TestApp::new(routes::routes()).await;
    let page = app.visitor().get("/look/name").await;
    assert!(page.set_cookie().is_none());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn the_first_insert_creates_a_row_and_sets_a_cookie() {
    let app = TestApp::new(routes::routes()).await;
    let page = app.visitor().get("/insert/name/Bipasha").await;
    assert!(page.set_cookie().is_some());
    assert_eq!(app.data(), json!({"name": "Bipasha"}));
    assert_eq!(app.row().version, 1);
}

#[rocket::async_test]
async fn a_later_insert_updates_the_row_and_increments_its_version() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    visitor.visit("/insert/lname/Codedec").await;
    assert_eq!(app.data(), json!({"name": "Bipasha", "lname": "Codedec"}));
    assert_eq!((app.row().session_key, app.row().version), (before.session_key, 2));
}

#[rocket::async_test]
async fn inserting_an_equal_value_writes_nothing_before_a_renewal_is_due() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    app.take_statements();
    app.clock.advance(Duration::seconds(59));
    let page = visitor.get("/insert/name/Bipasha").await;
    assert!(page.set_cookie().is_none());
    assert_eq!(app.take_statements().len(), 1, "only the SELECT");
    assert_eq!(app.row(), before);
}

#[rocket::async_test]
async fn inserting_an_equal_value_moves_only_the_expire_date_when_a_renewal_is_due() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    app.clock.advance(Duration::seconds(60));
    let page = visitor.get("/insert/name/Bipasha").await;
    assert_eq!(page.set_cookie().unwrap().attribute("max-age"), Some("1209600"));
    let mut expected = before.clone();
    expected.expire_date += Duration::seconds(60);
    assert_eq!(app.row(), expected);
}

#[rocket::async_test]
async fn removing_the_last_value_leaves_a_session_without_values() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    assert_eq!(visitor.visit("/remove/name").await, "true");
    assert_eq!(app.data(), json!({}));
    assert!(visitor.cookie().is_some());
}

#[rocket::async_test]
async fn removing_a_missing_key_changes_nothing() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    let page = visitor.get("/remove/lname").await;
    assert_eq!((page.body.as_str(), page.set_cookie().is_none()), ("false", true));
    assert_eq!(app.row(), before);
}

#[rocket::async_test]
async fn clear_keeps_the_row_and_its_key_and_resets_the_expiry() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    visitor.visit("/close").await;
    let before = app.row();
    assert_eq!(before.expiry.as_deref(), Some("close"));
    visitor.visit("/clear").await;
    assert_eq!(app.data(), json!({}));
    assert_eq!((app.row().session_key, app.row().expiry), (before.session_key, None));
}

#[rocket::async_test]
async fn cycle_key_moves_the_session_to_a_new_key_with_one_update_and_one_insert() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let (before, with_old_key) = (app.row(), visitor.copy());
    app.take_statements();
    visitor.visit("/cycle").await;
    let statements = app.take_statements();
    assert_eq!(statements.len(), 3, "a SELECT, an UPDATE and an INSERT: {statements:?}");
    let after = app.row();
    assert_ne!(after.session_key, before.session_key);
    assert_eq!((after.session_data, after.created_at), (before.session_data, before.created_at));
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
    assert_eq!(with_old_key.visit("/look/name").await, "", "the old key opens nothing");
}

#[rocket::async_test]
async fn a_flush_deletes_the_row_and_removes_the_cookie() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let with_old_key = visitor.copy();
    let page = visitor.get("/flush").await;
    assert!(page.set_cookie().unwrap().is_removal());
    assert_eq!(app.rows(), []);
    assert_eq!(with_old_key.visit("/look/name").await, "", "a deleted session cannot be replayed");
}

#[rocket::async_test]
async fn an_insert_after_a_flush_starts_a_new_session() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    let page = visitor.get("/flush_and_insert").await;
    assert!(!page.set_cookie().unwrap().is_removal());
    assert_eq!(app.data(), json!({"new": 1}));
    assert_ne!(app.row().session_key, before.session_key);
}

#[rocket::async_test]
async fn set_expiry_clear_and_cycle_key_alone_create_no_session() {
    let app = TestApp::new(routes::routes()).await;
    for path in
        ["/after/300", "/close", "/clear", "/cycle", "/flush", "/logout", "/insert_and_flush", "/insert_and_remove"]
    {
        let page = app.visitor().get(path).await;
        assert!(page.set_cookie().is_none(), "{path}");
        assert_eq!(app.rows(), [], "{path}");
    }
}

#[rocket::async_test]
async fn a_response_with_a_status_below_500_commits_the_session() {
    let app = TestApp::new(routes::routes()).await;
    let page = app.visitor().get("/insert_and_404").await;
    assert!(page.set_cookie().is_some());
    assert_eq!(app.data(), json!({"kept": true}));
}

#[rocket::async_test]
async fn a_response_with_status_500_commits_nothing_and_sets_no_cookie() {
    let app = TestApp::new(routes::routes()).await;
    let page = app.visitor().get("/insert_and_500").await;
    assert_eq!(page.body, "a page of the handler's own");
    assert!(page.set_cookie().is_none());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn a_login_stores_the_owner_and_changes_the_key() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/cart/tea").await;
    let (before, with_old_key) = (app.row(), visitor.copy());
    visitor.visit("/login/ada").await;
    assert_eq!(app.row().owner.as_deref(), Some("ada"));
    assert_ne!(app.row().session_key, before.session_key);
    assert_eq!(visitor.visit("/look/cart").await, "tea");
    assert_eq!(with_old_key.visit("/look/cart").await, "");
}

#[rocket::async_test]
async fn a_login_over_another_owners_session_starts_an_empty_session() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/login/ada").await;
    visitor.visit("/insert/cart/tea").await;
    visitor.visit("/login/bob").await;
    assert_eq!(app.data(), json!({}));
    assert_eq!(app.row().owner.as_deref(), Some("bob"));
}

#[rocket::async_test]
async fn a_session_larger_than_a_lowered_max_size_can_change_but_not_grow() {
    let before = TestApp::new(routes::routes()).await;
    let visitor = before.visitor();
    visitor.visit("/insert/a/0123456789").await;
    visitor.visit("/insert/b/0123456789").await;
    let with_lower_max_size = before
        .launch_another(crate::test_app::SECRET_KEY, "max_size = 10", |rocket| rocket.mount("/", routes::routes()))
        .await;
    let returning = with_lower_max_size.visitor();
    returning.set_cookie(&visitor.cookie().unwrap());
    for path in ["/login/ada", "/cycle", "/close", "/insert/a/0", "/remove/b"] {
        returning.visit(path).await;
    }
    assert_eq!(returning.get("/insert/c/0123456789").await.status, rocket::http::Status::PayloadTooLarge);
    assert_eq!(with_lower_max_size.data(), json!({"a": "0"}));
}
