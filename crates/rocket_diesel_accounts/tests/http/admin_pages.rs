use rocket::http::Method;
use time::Duration;

use crate::paths;
use crate::test_app::{Rank, TestApp};

#[rocket::async_test]
async fn each_page_is_for_staff_and_sends_others_to_the_sign_in_page_or_refuses_them() {
    let app = TestApp::new().await;
    let user = app.signed_in("ada", Rank::User).await;
    let staff = app.signed_in("bob", Rank::Staff).await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let pages = paths::of(&app, Method::Get, "/admin");
    assert_eq!(pages.len(), 7, "{pages:?}");
    for path in &pages {
        let sign_in = format!("/accounts/login/?next={}", path.replace('/', "%2F"));
        assert_eq!(app.visitor().get(path).await.answer(), (303, Some(&*sign_in)), "{path}");
        assert_eq!(user.get(path).await.answer(), (403, None), "{path}");
        let only_looks = if path == "/admin/users/add/" { 403 } else { 200 };
        assert_eq!(staff.get(path).await.answer(), (only_looks, None), "{path}");
        assert_eq!(root.get(path).await.answer(), (200, None), "{path}");
    }
}

#[rocket::async_test]
async fn each_form_is_for_staff_and_the_forms_of_users_are_for_superusers() {
    let app = TestApp::new().await;
    let user = app.signed_in("ada", Rank::User).await;
    let staff = app.signed_in("bob", Rank::Staff).await;
    let paths = paths::of(&app, Method::Post, "/admin");
    assert_eq!(paths.len(), 4, "{paths:?}");
    let before = (app.users(), app.sessions());
    let fields = [("name", "eve"), ("is_superuser", "true"), ("new_password1", "x"), ("owner", &app.user("bob").id)];
    for path in &paths {
        assert_eq!(app.visitor().post(path, &fields).await.status.code, 303, "{path}");
        assert_eq!(user.post(path, &fields).await.status.code, 403, "{path}");
        let status = if path.contains("users") { 403 } else { 200 };
        assert_eq!(staff.post(path, &fields).await.status.code, status, "{path}");
    }
    assert_eq!((app.users(), app.sessions()), before);
}

#[rocket::async_test]
async fn staff_who_may_only_look_at_users_get_no_forms_to_change_them() {
    let app = TestApp::new().await;
    let staff = app.signed_in("bob", Rank::Staff).await;
    let page = staff.get(&format!("/admin/users/{}/", app.user("bob").id)).await;
    assert_eq!(page.attributes("main form", "action"), ["/admin/sessions/"]);
    assert!(!staff.visit("/admin/users/").await.contains("/admin/users/add/"));
}

#[rocket::async_test]
async fn every_page_has_no_store_and_nothing_that_the_content_security_policy_forbids() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let pages = [paths::of(&app, Method::Get, "/admin"), paths::of(&app, Method::Get, "/accounts")].concat();
    assert_eq!(pages.len(), 10, "{pages:?}");
    app.clock.advance(Duration::HOUR);
    let mut responses =
        vec![app.visitor().sign_in("x", "x").await, root.post("/accounts/sessions/", &[("others", "true")]).await];
    for path in &pages {
        responses.push(root.get(path).await);
    }
    for page in &responses {
        assert_eq!(page.header("Cache-Control"), ["no-store"], "{}", page.body);
        assert_eq!(page.texts("script, style, [style], [onclick]"), [""; 0]);
        assert_eq!(page.texts("h1").len(), 1, "{}", page.body);
        assert!(page.header("Content-Security-Policy")[0].contains("default-src 'self'"));
    }
}

#[rocket::async_test]
async fn what_does_not_exist_is_not_found() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let unknown = "0a".repeat(32);
    for path in
        ["users/0/", "sessions/0/", "log/?after=x", "log/?after=1", "log/?after=99999999999999.x", "sessions/?after=x"]
    {
        let status = root.get(&format!("/admin/{path}")).await.status.code;
        assert!([404, 422].contains(&status), "{path}: {status}");
    }
    for path in [&*format!("sessions/{unknown}/"), "sessions/?state=x", "sessions/?signed_in=maybe"] {
        assert_eq!(root.get(&format!("/admin/{path}")).await.status.code, 404, "{path}");
    }
    for path in ["/admin/users/0/", "/admin/users/0/password/"] {
        let fields = [("name", "x"), ("new_password1", "x"), ("new_password2", "x")];
        assert_eq!(root.post(path, &fields).await.status.code, 404, "{path}");
    }
    let fields = [("handle", "nonsense"), ("confirmed", "true")];
    assert_eq!(root.post("/admin/sessions/", &fields).await.status.code, 404);
}

#[rocket::async_test]
async fn the_front_page_counts_users_and_sessions() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'\nsession.cookie_age = '3 days'")).await;
        app.visitor().visit("/insert/cart/tea").await; // expires before the others
        app.clock.advance(Duration::days(3));
        let root = app.signed_in("root", Rank::Superuser).await;
        app.add("ada", Rank::User);
        app.sign_in("ada").await;
        app.visitor().visit("/insert/cart/tea").await;
        let page = root.get("/admin/").await;
        assert_eq!(page.texts(".numbers dt"), ["Users", "Live sessions", "Signed in", "Expired, not deleted yet"]);
        assert_eq!(page.texts(".numbers dd"), ["2", "3", "2", "1"], "{engine}");
        let day = |days| (app.clock.column() + Duration::days(days)).date();
        let created = format!("4 from {} to {}. Most on {}: 3.", day(-14), day(0), day(0));
        let expiring = format!("3 from {} to {}. Most on {}: 3.", day(0), day(14), day(3));
        assert_eq!(page.texts("svg desc"), [created, expiring], "{engine}: the charts in words");
        assert_eq!(page.texts("figure tbody tr").len(), 30, "{engine}: the charts as tables");
    }
}

#[rocket::async_test]
async fn the_front_page_counts_at_most_once_a_minute() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for (seconds, count) in [(0, "1"), (59, "1"), (1, "2")] {
        app.clock.advance(Duration::seconds(seconds));
        assert_eq!(root.get("/admin/").await.texts(".numbers dd")[1], count, "{seconds}");
        if seconds == 0 {
            app.visitor().visit("/insert/cart/tea").await;
        }
    }
}

#[rocket::async_test]
async fn the_front_page_shows_the_last_ten_actions() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for _ in 0..11 {
        app.clock.advance(Duration::SECOND);
        app.visitor().at("203.0.113.9").sign_in(&format!("x{}", app.counters()), "x").await;
    }
    let page = root.get("/admin/").await;
    assert_eq!(page.texts("#recent ~ .scroll tbody td:nth-child(3)"), ["sign-in failed"; 10]);
}

#[rocket::async_test]
async fn an_admin_site_without_sessions_on_the_server_says_so_on_each_page() {
    let app = TestApp::with_settings("session.engine = 'cookie'").await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let id = app.add("ada", Rank::User);
    let ada = app.sign_in("ada").await;
    for path in ["/admin/", "/admin/sessions/"] {
        assert!(root.visit(path).await.contains("keeps its sessions in the browsers"), "{path}");
    }
    let page = root.get(&format!("/admin/users/{id}/")).await;
    assert!(!page.attributes("form", "action").contains(&"/admin/sessions/".into()), "nothing that can't be done");
    let handle = "0a".repeat(32);
    for fields in [
        [("owner", &*id), ("x", "")],
        [("owner", &id), ("confirmed", "true")],
        [("handle", &handle), ("confirmed", "true")],
    ] {
        assert_eq!(root.post("/admin/sessions/", &fields).await.status.code, 404);
    }
    assert_eq!(root.get(&format!("/admin/sessions/{handle}/")).await.status.code, 404);
    assert!(ada.is_signed_in().await);
}
