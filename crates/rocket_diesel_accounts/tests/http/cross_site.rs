use rocket::http::Method;

use crate::paths;
use crate::test_app::{NEW_PASSWORD, PASSWORD, Rank, TestApp};

#[rocket::async_test]
async fn a_form_that_another_site_sends_is_refused_and_changes_nothing() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    app.sign_in("root").await;
    let (id, handle) = (app.user("root").id, app.sessions()[0].session_key.clone());
    let before = (app.users(), app.sessions(), app.audit_log(), app.counters());
    let forms = [paths::of(&app, Method::Post, "/accounts"), paths::of(&app, Method::Post, "/admin")].concat();
    assert_eq!(forms.len(), 8, "{forms:?}");
    // All that the forms would need.
    let fields = [
        ("username", "root"),
        ("password", PASSWORD),
        ("old_password", PASSWORD),
        ("new_password1", NEW_PASSWORD),
        ("new_password2", NEW_PASSWORD),
        ("others", "true"),
        ("handle", &handle),
        ("confirmed", "true"),
        ("name", "eve"),
        ("password1", NEW_PASSWORD),
        ("password2", NEW_PASSWORD),
        ("is_superuser", "true"),
        ("is_active", "true"),
        ("own_password", PASSWORD),
        ("new_password1", NEW_PASSWORD),
        ("new_password2", NEW_PASSWORD),
    ];
    for path in &forms {
        for header in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
        ] {
            let visitor = root.copy();
            for fields in [&fields[..], &[("owner", &id), ("confirmed", "true")], &[("end", &handle)], &[]] {
                let page = visitor.send(Method::Post, path, Some(fields), &[header]).await;
                assert_eq!(page.status.code, 403, "{path} {header:?}");
                assert_eq!(page.header("Set-Cookie"), [""; 0], "{path} {header:?}");
            }
        }
    }
    assert_eq!((app.users(), app.sessions(), app.audit_log(), app.counters()), before);
    assert!(root.is_signed_in().await);
}

#[rocket::async_test]
async fn a_page_that_is_only_looked_at_changes_nothing() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let before = (app.users(), app.sessions(), app.audit_log(), app.counters());
    for path in [paths::of(&app, Method::Get, "/accounts"), paths::of(&app, Method::Get, "/admin")].concat() {
        let page = root.send(Method::Get, &path, None, &[("Sec-Fetch-Site", "cross-site")]).await;
        assert_eq!(page.status.code, 200, "{path}: a link from another site");
    }
    assert_eq!((app.users(), app.sessions(), app.audit_log(), app.counters()), before);
}
