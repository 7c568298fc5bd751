use rocket::http::Method;
use time::Duration;

use crate::paths;
use crate::test_app::{AuditRow, NEW_PASSWORD, PASSWORD, Rank, TestApp};

#[rocket::async_test]
async fn what_a_user_does_with_their_account_is_logged_with_who_to_what_and_from_where() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let visitor = app.visitor().at("2001:db8::7");
    visitor.sign_in("Ada", "wrong").await;
    assert_eq!(app.last_audit(), "- / sign-in failed / ada / - / 2001:db8::7");
    visitor.sign_in("ada", PASSWORD).await;
    assert_eq!(app.last_audit(), "ada / signed in / - / - / 2001:db8::7");

    let fields = |old| [("old_password", old), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
    visitor.post("/accounts/password/", &fields("wrong")).await;
    assert_eq!(app.last_audit(), "ada / password confirmation failed / - / - / 2001:db8::7");
    visitor.post("/accounts/password/", &fields(PASSWORD)).await;
    assert_eq!(app.last_audit(), "ada / password changed / ada / - / 2001:db8::7");

    let other = app.visitor();
    other.sign_in("ada", NEW_PASSWORD).await;
    let handle = other.get("/accounts/sessions/").await.attributes("[name=end]", "value").remove(0);
    visitor.post("/accounts/sessions/", &[("end", &handle)]).await;
    assert_eq!(app.last_audit(), format!("ada / session ended / {} / - / 2001:db8::7", &handle[..8]));
    visitor.post("/accounts/sessions/", &[("others", "true")]).await;
    assert_eq!(app.last_audit(), "ada / sessions ended / ada / - / 2001:db8::7");
    visitor.post("/accounts/logout/", &[]).await;
    assert_eq!(app.last_audit(), "ada / signed out / - / - / 2001:db8::7");
}

#[rocket::async_test]
async fn a_password_that_was_typed_again_is_logged() {
    let app = TestApp::new().await;
    let visitor = app.signed_in("ada", Rank::User).await;
    app.clock.advance(Duration::HOUR);
    visitor.post("/accounts/sessions/", &[("others", "true"), ("password", PASSWORD)]).await;
    let actions: Vec<_> = app.audit_log().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["signed in", "password confirmed", "sessions ended"]);
}

#[rocket::async_test]
async fn what_an_administrator_does_is_logged_with_who_to_what_and_from_where() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let fields = [("name", "ada"), ("password1", PASSWORD), ("password2", PASSWORD)];
    root.post("/admin/users/add/", &fields).await;
    assert_eq!(app.last_audit(), "root / user added / ada / neither staff nor superuser / 192.0.2.1");

    app.sign_in("ada").await;
    let (id, handle) = (app.user("ada").id, app.handle_of(&app.user("ada").id));
    root.post("/admin/sessions/", &[("handle", &handle), ("confirmed", "true")]).await;
    assert_eq!(app.last_audit(), format!("root / session ended / {} / - / 192.0.2.1", &handle[..8]));
    app.sign_in("ada").await;
    root.post("/admin/sessions/", &[("owner", &id), ("confirmed", "true")]).await;
    assert_eq!(app.last_audit(), "root / sessions ended / ada / 1 sessions / 192.0.2.1");

    let path = format!("/admin/users/{id}/");
    let fields = [("own_password", PASSWORD), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
    root.post(&format!("{path}password/"), &fields).await;
    assert_eq!(app.last_audit(), "root / password changed / ada / - / 192.0.2.1");
    root.post(&path, &[("name", "lovelace"), ("is_staff", "true"), ("is_superuser", "true")]).await;
    let changes = "name: lovelace, staff: yes, superuser: yes, active: no";
    assert_eq!(app.last_audit(), format!("root / user changed / ada / {changes} / 192.0.2.1"));
    root.post(&path, &[("name", "lovelace"), ("is_active", "true")]).await;
    let changes = "staff: no, superuser: no, active: yes";
    assert_eq!(app.last_audit(), format!("root / user changed / lovelace / {changes} / 192.0.2.1"));
}

#[rocket::async_test]
async fn what_was_refused_is_not_logged_as_done() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let (id, before) = (app.user("root").id, app.audit_log());
    root.post("/admin/users/add/", &[("name", "root"), ("password1", NEW_PASSWORD), ("password2", NEW_PASSWORD)]).await;
    root.post(&format!("/admin/users/{id}/"), &[("name", "root"), ("is_staff", "true")]).await;
    root.post(&format!("/admin/users/{id}/"), &[("name", "a b"), ("is_superuser", "true")]).await;
    root.post("/admin/sessions/", &[("owner", &id)]).await;
    assert_eq!(app.audit_log(), before);
}

#[rocket::async_test]
async fn the_log_shows_each_entry_once_the_newest_first() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Staff).await;
    let rows: Vec<_> = (0..250)
        .map(|number| AuditRow {
            id: format!("{:032x}", (number * 7919) % 250),
            at: app.clock.column() - Duration::seconds(number / 60), // many in the same second
            actor: Some(format!("actor{number:03}")),
            action: "signed in".into(),
            object: None,
            detail: None,
            address: None,
        })
        .collect();
    app.insert_audit(&rows);
    let (mut path, mut times, mut actors) = ("/admin/log/".to_owned(), Vec::new(), Vec::new());
    loop {
        let page = root.get(&path).await;
        times.extend(page.texts("tbody td:nth-child(1)"));
        actors.extend(page.texts("tbody td:nth-child(2)"));
        match page.attributes(".pages a", "href").pop().filter(|link| link.contains("after")) {
            Some(older) => path = older,
            None => break,
        }
    }
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    assert_eq!(actors.len(), 251);
    actors.sort();
    actors.dedup();
    assert_eq!(actors.len(), 251);
}

#[rocket::async_test]
async fn no_page_changes_or_deletes_an_entry() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    app.sign_in("root").await;
    let before = app.audit_log();
    let forms = [paths::of(&app, Method::Post, "/accounts"), paths::of(&app, Method::Post, "/admin")].concat();
    assert!(!forms.iter().any(|path| path.contains("/log/")), "{forms:?}");
    for method in [Method::Put, Method::Patch, Method::Delete] {
        let others = [paths::of(&app, method, "/accounts"), paths::of(&app, method, "/admin")].concat();
        assert_eq!(others, [""; 0], "{method}");
    }
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        for path in ["/admin/log/".to_owned(), format!("/admin/log/{}/", before[0].id)] {
            assert_eq!(root.send(method, &path, Some(&[]), &[]).await.status.code, 404, "{method} {path}");
        }
    }
    for path in forms {
        root.post(&path, &[("name", "x"), ("confirmed", "true"), ("owner", &app.user("root").id)]).await;
    }
    assert!(app.audit_log().starts_with(&before), "there are only new ones behind");
}
