use rocket::http::Header;
use rocket::response::Responder;
use rocket::{get, routes};
use rocket_diesel_sessions::{Result, Session};

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_response_that_used_the_session_varies_by_cookie() {
    let app = TestApp::new(routes::routes()).await;
    assert_eq!(app.visitor().get("/look/name").await.header("Vary"), ["Cookie"]);
    assert_eq!(app.visitor().get("/insert_and_panic").await.header("Vary"), ["Cookie"]);
    app.drop_table();
    let visitor = app.visitor();
    assert_eq!(visitor.get("/insert/name/Bipasha").await.header("Vary"), ["Cookie"]);
}

#[rocket::async_test]
async fn a_response_that_did_not_use_the_session_has_no_session_headers() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let page = visitor.get("/plain").await;
    for name in ["Vary", "Cache-Control", "Set-Cookie"] {
        assert_eq!(page.header(name), Vec::<&str>::new(), "{name}");
    }
}

#[rocket::async_test]
async fn only_a_response_that_sets_the_cookie_forbids_caching() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    assert_eq!(visitor.get("/insert/name/Bipasha").await.header("Cache-Control"), ["no-store"]);
    assert_eq!(visitor.get("/look/name").await.header("Cache-Control"), Vec::<&str>::new());
    assert_eq!(visitor.get("/flush").await.header("Cache-Control"), ["no-store"]);
}

#[derive(Responder)]
struct WithHeaders {
    body: &'static str,
    vary: rocket::http::Header<'static>,
    cache: rocket::http::Header<'static>,
}

#[get("/with_headers?<vary>&<cache>")]
fn with_headers(session: Session<'_>, vary: String, cache: String) -> Result<WithHeaders> {
    session.insert("name", "Bipasha")?;
    let header = rocket::http::Header::new;
    Ok(WithHeaders { body: "", vary: header("Vary", vary), cache: header("Cache-Control", cache) })
}

/// A response with headers that only the caches of a CDN obey.
#[derive(Responder)]
struct Targeted {
    body: &'static str,
    cdn: rocket::http::Header<'static>,
    surrogate: rocket::http::Header<'static>,
    cache: rocket::http::Header<'static>,
}

#[get("/targeted?<changes>")]
fn targeted(session: Session<'_>, changes: bool) -> Result<Targeted> {
    if changes {
        session.insert("name", "Bipasha")?;
    }
    let header = rocket::http::Header::new;
    Ok(Targeted {
        body: "",
        cdn: header("CDN-Cache-Control", "max-age=600"),
        surrogate: header("Surrogate-Control", "max-age=600"),
        cache: header("Cache-Control", "private"),
    })
}

#[rocket::async_test]
async fn a_response_that_sets_the_cookie_loses_its_targeted_cache_headers() {
    let app = TestApp::new(routes![targeted]).await;
    for (path, count) in [("/targeted?changes=true", 0), ("/targeted?changes=false", 1)] {
        let page = app.visitor().get(path).await;
        for name in ["CDN-Cache-Control", "Surrogate-Control"] {
            assert_eq!(page.header(name).len(), count, "{path} {name}");
        }
        assert_eq!(page.header("Cache-Control"), ["private"]);
    }
}

#[rocket::async_test]
async fn cookie_is_added_to_vary_unless_vary_already_covers_it() {
    let app = TestApp::new(routes![with_headers]).await;
    for (vary, expected) in [
        ("Accept", vec!["Accept", "Cookie"]),
        ("Accept,%20cookie", vec!["Accept, cookie"]),
        ("COOKIE", vec!["COOKIE"]),
        ("*", vec!["*"]),
    ] {
        let page = app.visitor().get(&format!("/with_headers?vary={vary}&cache=private")).await;
        assert_eq!(page.header("Vary"), expected);
    }
}

#[rocket::async_test]
async fn only_a_cache_control_that_forbids_shared_caching_is_kept() {
    let app = TestApp::new(routes![with_headers]).await;
    for (cache, expected) in [
        ("private,%20max-age=60", "private, max-age=60"),
        ("No-Store", "No-Store"),
        ("public,%20max-age=60", "no-store"),
        ("no-cache", "no-store"),
    ] {
        let page = app.visitor().get(&format!("/with_headers?vary=Accept&cache={cache}")).await;
        assert_eq!(page.header("Cache-Control"), [expected], "{cache}");
    }
}

#[get("/public")]
fn public(session: Session<'_>) -> Result<WithCacheControl> {
    session.get::<String>("name")?;
    Ok(WithCacheControl("a page that is the same for all", Header::new("Cache-Control", "public, max-age=60")))
}

#[derive(Responder)]
struct WithCacheControl(&'static str, Header<'static>);

#[rocket::async_test]
async fn a_page_for_an_owner_is_private() {
    let app = TestApp::new(routes![public].into_iter().chain(routes::routes()).collect()).await;
    let (owner, stranger) = (app.visitor(), app.visitor());
    stranger.visit("/insert/name/nobody").await;
    owner.visit("/login/ada").await;
    assert_eq!(owner.get("/look/name").await.header("Cache-Control"), ["private"]);
    assert_eq!(owner.get("/insert_and_err").await.header("Cache-Control"), ["private"], "an error page too");
    assert_eq!(owner.get("/public").await.header("Cache-Control"), ["public, max-age=60"], "the handler knows better");
    assert_eq!(stranger.get("/look/name").await.header("Cache-Control"), Vec::<&str>::new());
    assert_eq!(owner.get("/plain").await.header("Cache-Control"), Vec::<&str>::new());
}
