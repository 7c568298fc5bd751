//! A line break, a NUL and a character that turns the direction of writing, in every input.

use rocket::http::{Method, RawStr};

use crate::test_app::{NEW_PASSWORD, PASSWORD, Rank, TestApp};
use crate::{log, paths};

/// Where a second line would begin in the log.
const MARKER: &str = "FORGED-7f3a91";

const CHARACTERS: [&str; 6] = ["\n", "\r\n", "\r", "\0", "\u{202e}", "\u{2028}"];

/// All fields of each form, with values that pass.
fn forms(id: &str, handle: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
    let form = |path: &str, fields: &[(&'static str, &str)]| {
        (path.replace("<id>", id), fields.iter().map(|(name, value)| (*name, value.to_string())).collect())
    };
    vec![
        form("/accounts/login/", &[("username", "x"), ("password", "x"), ("next", "/x")]),
        form("/accounts/logout/", &[("x", "x")]),
        form(
            "/accounts/password/",
            &[("old_password", PASSWORD), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)],
        ),
        form("/accounts/sessions/", &[("end", handle), ("others", "false"), ("password", "x")]),
        form("/admin/sessions/", &[("handle", handle), ("owner", "x"), ("confirmed", "true")]),
        form(
            "/admin/users/<id>/",
            &[("name", "x"), ("is_staff", "true"), ("is_superuser", "true"), ("is_active", "true")],
        ),
        form("/admin/users/<id>/password/", &[("own_password", "x"), ("new_password1", "x"), ("new_password2", "x")]),
        form(
            "/admin/users/add/",
            &[
                ("name", "x"),
                ("password1", NEW_PASSWORD),
                ("password2", NEW_PASSWORD),
                ("is_staff", "true"),
                ("is_superuser", "true"),
            ],
        ),
    ]
}

#[rocket::async_test]
async fn a_line_break_in_any_field_of_any_form_is_refused_or_harmless() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    app.visitor().visit("/forge/x").await;
    let forms = forms(&app.user("root").id, &app.handle_of("x"));
    let mut known: Vec<_> = forms.iter().map(|(path, _)| path.clone()).collect();
    known.sort();
    let all = [paths::of(&app, Method::Post, "/accounts"), paths::of(&app, Method::Post, "/admin")].concat();
    assert_eq!(known, all, "every form is here");
    for (path, fields) in &forms {
        for (index, character) in fields.iter().enumerate().flat_map(|(index, _)| CHARACTERS.map(|c| (index, c))) {
            let mut fields = fields.clone();
            fields[index].1 = format!("{}{character}{MARKER}", fields[index].1);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let visitor = if path == "/accounts/logout/" { app.visitor() } else { root.copy() };
            app.clock.advance(time::Duration::minutes(16)); // nothing has to wait
            let page = visitor.post(path, &fields).await;
            assert!(page.status.code < 500, "{path} {fields:?}: {}", page.status);
            let is_clean = |header: &&str| !header.contains(['\n', '\r', '\0']);
            assert!(
                page.location().iter().all(is_clean) && page.header("Set-Cookie").iter().all(is_clean),
                "{fields:?}"
            );
        }
    }
    let lines = log::lines_with(MARKER);
    assert!(lines.iter().all(|line| !line.starts_with(MARKER)), "{lines:?}");
    assert_eq!(app.users().len(), 1, "no user has such a name");
    assert_eq!(app.user("root").name, "root");
    assert!(root.is_signed_in().await, "no form was refused for that");
}

#[rocket::async_test]
async fn a_line_break_in_any_parameter_of_a_page_is_refused_or_harmless() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for path in [
        "/accounts/login/?next=",
        "/admin/sessions/?q=",
        "/admin/sessions/?signed_in=yes",
        "/admin/sessions/?state=live",
        "/admin/sessions/?after=",
        "/admin/sessions/0a",
        "/admin/users/?q=",
        "/admin/users/?from=",
        "/admin/users/0a",
        "/admin/log/?after=1.",
    ] {
        for character in CHARACTERS {
            let typed = format!("x{character}{MARKER}");
            let page = root.get(&format!("{path}{}", RawStr::new(&typed).percent_encode())).await;
            assert!(page.status.code < 500, "{path} {character:?}: {}", page.status);
        }
    }
    let lines = log::lines_with(MARKER);
    assert!(lines.iter().all(|line| !line.starts_with(MARKER)), "{lines:?}");
}

#[rocket::async_test]
async fn what_the_audit_log_has_of_an_input_is_on_one_line() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for character in CHARACTERS.into_iter().filter(|character| *character != "\0") {
        let owner = format!("x{character}{MARKER}");
        root.post("/admin/sessions/", &[("owner", &owner), ("confirmed", "true")]).await;
        assert!(!app.last_audit().contains(MARKER), "there was nothing to end");
        app.visitor().visit(&format!("/forge/{}", RawStr::new(&owner).percent_encode())).await;
        root.post("/admin/sessions/", &[("owner", &owner), ("confirmed", "true")]).await;
        assert_eq!(
            app.last_audit().replace("\u{fffd}\u{fffd}", "\u{fffd}"),
            format!("root / sessions ended / x\u{fffd}{MARKER} / 1 sessions / 192.0.2.1")
        );
        app.visitor().sign_in(&owner, PASSWORD).await;
        assert!(!app.last_audit().contains(MARKER));
    }
}

#[rocket::async_test]
async fn a_text_with_a_nul_names_nobody() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for page in ["/admin/users/?q=root%00", "/admin/sessions/?q=root%00"] {
        let body = root.visit(page).await;
        assert!(!body.contains(&app.user("root").id), "{page}: {body}");
    }
    assert_eq!(root.get(&format!("/admin/users/{}%00/", app.user("root").id)).await.status.code, 404);
    let owner = format!("{}\0", app.user("root").id);
    assert_eq!(root.post("/admin/sessions/", &[("owner", &owner), ("confirmed", "true")]).await.status.code, 404);
    assert_eq!(app.visitor().sign_in("root\0", PASSWORD).await.status.code, 200, "the form again");
    assert!(root.is_signed_in().await);
}
