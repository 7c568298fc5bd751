use rocket::http::Method;

use crate::paths;
use crate::test_app::{PASSWORD, Rank, TestApp};

const MARKUP: &str = "<img src=x>";

#[rocket::async_test]
async fn a_template_of_the_application_replaces_the_page_with_its_name_and_is_escaped_too() {
    let own = "<p class=own>{{ username | default(value='') }}{% if error %}: {{ error }}{% endif %}</p>";
    let app = TestApp::with_setup("", &[("accounts/login.html.tera", own)], |rocket| rocket).await;
    let page = app.visitor().sign_in(MARKUP, "x").await;
    assert_eq!(page.body, "<p class=own>&lt;img src=x&gt;: The name or the password is wrong.</p>");
    assert_eq!(page.header("Content-Type"), ["text/html; charset=utf-8"]);
    app.signed_in("ada", Rank::User).await.visit("/accounts/sessions/").await; // the others are still there
}

#[rocket::async_test]
async fn a_page_of_the_application_can_extend_its_own_layout() {
    let templates = [
        ("layout.html.tera", "<body>Shop: {% block main %}{% endblock main %}</body>"),
        (
            "admin/log.html.tera",
            "{% extends 'layout' %}{% block main %}{{ entries | length }}{{ user.name }}{% endblock main %}",
        ),
    ];
    let app = TestApp::with_setup("", &templates, |rocket| rocket).await;
    let page = app.signed_in("root", Rank::Staff).await.visit("/admin/log/").await;
    assert_eq!(page, "<body>Shop: 1root</body>");
}

#[rocket::async_test]
async fn a_layout_of_the_application_gives_all_pages_its_look() {
    let base = "<title>{% block title %}{% endblock title %} | Shop</title>{% include 'accounts/nav' %}\
                <main id=shop>{% block page %}{% endblock page %}</main>";
    let app = TestApp::with_setup("", &[("accounts/base.html.tera", base)], |rocket| rocket).await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for path in [paths::of(&app, Method::Get, "/accounts"), paths::of(&app, Method::Get, "/admin")].concat() {
        let page = root.get(&path).await;
        assert!(page.texts("title")[0].ends_with(" | Shop"), "{path}: {}", page.body);
        assert_eq!((page.texts("#shop h1").len(), page.texts("nav.account").len()), (1, 1), "{path}");
    }
    assert_eq!(app.visitor().sign_in(MARKUP, PASSWORD).await.attributes("#username", "value"), [MARKUP]);
}

#[rocket::async_test]
async fn the_pages_link_to_the_admin_site_for_staff_only() {
    let app = TestApp::new().await;
    let links = |page: crate::visitor::Page| page.attributes("nav a", "href");
    let user = app.signed_in("ada", Rank::User).await.get("/accounts/sessions/").await;
    assert_eq!(links(user), ["/accounts/sessions/", "/accounts/password/"]);
    let staff = app.signed_in("bob", Rank::Staff).await.get("/accounts/sessions/").await;
    assert_eq!(links(staff)[..4], ["/admin/", "/admin/sessions/", "/admin/users/", "/admin/log/"]);
}

#[rocket::async_test]
async fn the_stylesheet_is_served() {
    let app = TestApp::new().await;
    let page = app.visitor().get("/accounts/style.css").await;
    assert_eq!((page.status.code, page.header("Content-Type")), (200, vec!["text/css; charset=utf-8"]));
}
