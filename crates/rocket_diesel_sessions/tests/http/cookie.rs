use rocket::http::{Cookie, Header, Status};
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

use crate::log;
use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn the_default_cookie_is_http_only_and_lax_and_lasts_two_weeks() {
    let app = TestApp::new(routes::routes()).await;
    let cookie = app.visitor().get("/insert/name/Bipasha").await.set_cookie().unwrap();
    assert_eq!(cookie.attribute("max-age"), Some("1209600"));
    assert_eq!(cookie.attribute("httponly"), Some(""));
    assert_eq!(cookie.attribute("samesite"), Some("lax"));
    assert_eq!(cookie.attribute("path"), Some("/"));
    assert_eq!(cookie.attribute("secure"), None);
    assert_eq!(cookie.attribute("domain"), None);
    let expires = OffsetDateTime::parse(cookie.attribute("expires").unwrap(), &Rfc2822).unwrap();
    assert_eq!(expires, app.row().expire_date.assume_utc(), "the cookie and the row expire at the same time");
}

#[rocket::async_test]
async fn the_cookie_has_the_attributes_from_the_settings() {
    let settings = "cookie_age = '1 hour'\ncookie_secure = true\ncookie_httponly = false\ncookie_samesite = 'None'\n\
                    cookie_path = '/insert'\ncookie_domain = 'example.com'";
    let app = TestApp::with_settings(settings, |rocket| rocket.mount("/", routes::routes())).await;
    let cookie = app.visitor().get("/insert/name/Bipasha").await.set_cookie().unwrap();
    assert_eq!(cookie.attribute("max-age"), Some("3600"));
    assert_eq!(cookie.attribute("httponly"), None);
    assert_eq!(cookie.attribute("samesite"), Some("none"));
    assert_eq!(cookie.attribute("path"), Some("/insert"));
    assert_eq!(cookie.attribute("secure"), Some(""));
    assert_eq!(cookie.attribute("domain"), Some("example.com"));
}

#[rocket::async_test]
async fn the_removal_cookie_has_the_same_attributes_as_the_cookie_it_removes() {
    let settings = "cookie_secure = true\ncookie_samesite = 'Strict'\ncookie_path = '/'\ncookie_domain = 'example.com'";
    let app = TestApp::with_settings(settings, |rocket| rocket.mount("/", routes::routes())).await;
    for path in ["/flush", "/flush_and_panic", "/flush_and_500"] {
        let visitor = app.visitor();
        let cookie = visitor.get("/insert/name/Bipasha").await.set_cookie().unwrap();
        let removal = visitor.get(path).await.set_cookie().unwrap();
        assert_eq!((removal.value.as_str(), removal.is_removal()), ("", true), "{path}");
        for name in ["path", "domain", "secure", "httponly", "samesite"] {
            assert!(removal.attribute(name).is_some(), "{path}: {name}");
            assert_eq!(removal.attribute(name), cookie.attribute(name), "{path}: {name}");
        }
    }
}

#[rocket::async_test]
async fn a_launch_without_tls_says_that_browsers_send_a_secure_cookie_over_https_only() {
    for (settings, name, is_said) in [
        ("cookie_name = 'https'\ncookie_secure = true", "`https`", true),
        ("cookie_name = 'http'\ncookie_secure = false", "`http`", false),
    ] {
        TestApp::with_settings(settings, |rocket| rocket).await;
        let words = [name, "over HTTPS only", "localhost", "behind a proxy", "cookie_secure = false"];
        assert_eq!(log::contains_line(&words), is_said, "{settings}");
    }
}

#[rocket::async_test]
async fn the_cookie_of_a_browser_session_has_neither_max_age_nor_expires() {
    let app =
        TestApp::with_settings("expire_at_browser_close = true", |rocket| rocket.mount("/", routes::routes())).await;
    let cookie = app.visitor().get("/insert/name/Bipasha").await.set_cookie().unwrap();
    assert_eq!((cookie.attribute("max-age"), cookie.attribute("expires")), (None, None));
    let row = app.row();
    assert_eq!(row.expire_date - row.created_at, Duration::weeks(2), "the row still expires after two weeks");
}

#[rocket::async_test]
async fn a_tampered_cookie_opens_nothing_and_stays_until_the_next_change() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let thief = visitor.copy();
    let mut forged = visitor.cookie().unwrap();
    let last = forged.pop().unwrap();
    forged.insert(forged.len() / 2, if last == 'A' { 'B' } else { 'A' });
    for value in [forged.as_str(), "", "%00", "x", &"A".repeat(100_000)] {
        thief.set_cookie(value);
        let page = thief.get("/look/name").await;
        assert_eq!((page.status, page.body.as_str()), (Status::Ok, ""), "{value:.40}");
        assert!(page.set_cookie().is_none(), "{value:.40}");
    }
    thief.visit("/insert/name/Mallory").await;
    assert_eq!(thief.visit("/look/name").await, "Mallory");
    assert_eq!(visitor.visit("/look/name").await, "Bipasha");
}

#[rocket::async_test]
async fn an_unknown_key_in_a_cookie_is_never_adopted() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let before = app.row();
    app.delete_rows();
    let page = visitor.get("/look/name").await;
    assert_eq!((page.body.as_str(), page.set_cookie().is_none()), ("", true), "the cookie is left alone");
    visitor.visit("/insert/name/again").await;
    assert_ne!(app.row().session_key, before.session_key, "against session fixation");
}

#[rocket::async_test]
async fn an_unreadable_row_loads_as_an_empty_session_and_is_not_overwritten() {
    use diesel::prelude::*;
    use rocket_diesel_sessions::schema::sessions::dsl;

    for corrupt in ["", "no json", "[1]", "null", "{\"a\":"] {
        let app = TestApp::new(routes::routes()).await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        let change = diesel::update(dsl::sessions).set(dsl::session_data.eq(corrupt));
        change.execute(&mut app.connection()).unwrap();
        assert_eq!(visitor.visit("/look/name").await, "", "{corrupt}");
        visitor.visit("/insert/name/again").await;
        let data: Vec<String> = app.rows().into_iter().map(|row| row.session_data).collect();
        assert_eq!(data.len(), 2);
        assert!(data.iter().any(|data| data == corrupt), "{data:?}");
    }
}

#[rocket::async_test]
async fn a_flush_also_deletes_an_unreadable_row() {
    use diesel::prelude::*;
    use rocket_diesel_sessions::schema::sessions::dsl;

    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let corrupt = diesel::update(dsl::sessions).set(dsl::expiry.eq("at:9999-12-31T23:59:59-23:00"));
    corrupt.execute(&mut app.connection()).unwrap();
    assert_eq!(visitor.visit("/look/name").await, "");
    assert!(visitor.get("/flush").await.set_cookie().unwrap().is_removal());
    assert_eq!(app.rows(), []);
}

#[rocket::async_test]
async fn a_row_with_values_of_the_wrong_type_loads_as_an_empty_session_that_can_be_flushed() {
    use diesel::prelude::*;

    for corrupt in ["expire_date = 'tomorrow'", "session_data = x'ff00'", "created_at = 'yesterday'"] {
        let app = TestApp::new(routes::routes()).await;
        let visitor = app.visitor();
        visitor.visit("/login/ada").await;
        diesel::sql_query(format!("UPDATE sessions SET {corrupt}")).execute(&mut app.connection()).unwrap();
        assert_eq!(visitor.visit("/look/name").await, "", "{corrupt}");
        assert!(visitor.get("/flush").await.set_cookie().unwrap().is_removal(), "{corrupt}");
        assert_eq!(app.rows().len(), 0, "{corrupt}");
    }
}

/// Returns the body of a page for a client that sends this header. As on a real connection, Rocket's jar has the last
/// cookie whose name it takes for `__Host-id`.
async fn look_with_header(app: &TestApp, header: String, in_jar: &Cookie<'static>) -> String {
    let request = app.client.get("/look/name").cookie(in_jar.clone()).header(Header::new("Cookie", header));
    request.dispatch().await.into_string().await.unwrap_or_default()
}

async fn host_prefix_app() -> TestApp {
    let settings = "cookie_name = '__Host-id'\ncookie_secure = true";
    TestApp::with_settings(settings, |rocket| rocket.mount("/", routes::routes())).await
}

/// Returns the cookie of a new session, and its pair for a header.
async fn new_session(app: &TestApp, name: &str) -> (Cookie<'static>, String) {
    let response = app.client.get(format!("/insert/name/{name}")).dispatch().await;
    let cookie = response.cookies().get("__Host-id").unwrap().clone();
    let pair = cookie.encoded().stripped().to_string();
    (cookie, pair)
}

#[rocket::async_test]
async fn a_name_that_resolves_to_the_cookies_name_is_ignored() {
    let app = host_prefix_app().await;
    let (_, own) = new_session(&app, "own").await;
    let (planted, pair) = new_session(&app, "planted").await;
    let value = pair.strip_prefix("__Host-id=").unwrap();
    for name in [
        "\u{2000}__Host-id",
        "__Host-id\u{a0}",
        "\u{85}__Host-id",
        " \u{3000}__Host-id",
        "%5F%5FHost-id",
        "__Host%2did",
        "\u{2000}__Host%2Did",
    ] {
        assert_eq!(look_with_header(&app, format!("{name}={value}"), &planted).await, "", "{name:?}");
        let both = format!("{own}; {name}={value}");
        assert_eq!(look_with_header(&app, both, &planted).await, "own", "{name:?} beside the real cookie");
    }
    assert_eq!(
        look_with_header(&app, format!("a=b;\t {own} ; c"), &planted).await,
        "own",
        "spaces and tabs are trimmed"
    );
}

#[rocket::async_test]
async fn a_prefixed_name_that_comes_twice_opens_no_session() {
    let app = host_prefix_app().await;
    let (_, own) = new_session(&app, "own").await;
    let (planted, pair) = new_session(&app, "planted").await;
    assert_eq!(look_with_header(&app, format!("{own}; {pair}"), &planted).await, "");
    assert_eq!(look_with_header(&app, pair, &planted).await, "planted", "alone, each opens its session");
}
