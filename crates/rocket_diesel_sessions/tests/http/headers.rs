use rocket::response::Responder;
use rocket::{get, routes};
use rocket_diesel_sessions::{Result, Session};

use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn a_page_that_asked_for_the_session_varies_by_cookie() {
    let app = TestApp::new(routes::routes()).await;
    assert_eq!(app.visitor().get("/look/name").await.header("Vary"), ["Cookie"]);
    assert_eq!(app.visitor().get("/insert_and_panic").await.header("Vary"), ["Cookie"]);
    app.drop_table();
    let visitor = app.visitor();
    assert_eq!(visitor.get("/insert/name/Bipasha").await.header("Vary"), ["Cookie"]);
}

#[rocket::async_test]
async fn a_page_that_did_not_ask_has_no_header_of_ours() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let page = visitor.get("/plain").await;
    for name in ["Vary", "Cache-Control", "Set-Cookie"] {
        assert_eq!(page.header(name), Vec::<&str>::new(), "{name}");
    }
}

#[rocket::async_test]
async fn only_a_page_with_the_cookie_is_kept_from_caches() {
    let app = TestApp::new(routes::routes()).await;
    let visitor = app.visitor();
    assert_eq!(visitor.get("/insert/name/Bipasha").await.header("Cache-Control"), ["no-store"]);
    assert_eq!(visitor.get("/look/name").await.header("Cache-Control"), Vec::<&str>::new());
    assert_eq!(visitor.get("/flush").await.header("Cache-Control"), ["no-store"]);
}

#[derive(Responder)]
struct Labelled {
    body: &'static str,
    vary: rocket::http::Header<'static>,
    cache: rocket::http::Header<'static>,
}

#[get("/labelled?<vary>&<cache>")]
fn labelled(session: Session<'_>, vary: String, cache: String) -> Result<Labelled> {
    session.insert("name", "Bipasha")?;
    let header = rocket::http::Header::new;
    Ok(Labelled { body: "", vary: header("Vary", vary), cache: header("Cache-Control", cache) })
}

/// What a handler says to the caches that its app pays for.
#[derive(Responder)]
struct Targeted {
    body: &'static str,
    cdn: rocket::http::Header<'static>,
    product: rocket::http::Header<'static>,
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
        product: header("Surrogate-Control", "max-age=600"),
        cache: header("Cache-Control", "private"),
    })
}

#[rocket::async_test]
async fn no_kind_of_cache_is_told_to_keep_a_page_with_the_cookie() {
    let app = TestApp::new(routes![targeted]).await;
    for (path, left) in [("/targeted?changes=true", 0), ("/targeted?changes=false", 1)] {
        let page = app.visitor().get(path).await;
        for name in ["CDN-Cache-Control", "Surrogate-Control"] {
            assert_eq!(page.header(name).len(), left, "{path} {name}");
        }
        assert_eq!(page.header("Cache-Control"), ["private"]);
    }
}

#[rocket::async_test]
async fn vary_is_appended_never_twice_and_a_star_stays() {
    let app = TestApp::new(routes![labelled]).await;
    for (vary, expected) in [
        ("Accept", vec!["Accept", "Cookie"]),
        ("Accept,%20cookie", vec!["Accept, cookie"]),
        ("COOKIE", vec!["COOKIE"]),
        ("*", vec!["*"]),
    ] {
        let page = app.visitor().get(&format!("/labelled?vary={vary}&cache=private")).await;
        assert_eq!(page.header("Vary"), expected);
    }
}

#[rocket::async_test]
async fn a_cache_control_that_keeps_shared_caches_away_stays_and_any_other_is_replaced() {
    let app = TestApp::new(routes![labelled]).await;
    for (cache, expected) in [
        ("private,%20max-age=60", "private, max-age=60"),
        ("No-Store", "No-Store"),
        ("public,%20max-age=60", "no-store"),
        ("no-cache", "no-store"),
    ] {
        let page = app.visitor().get(&format!("/labelled?vary=Accept&cache={cache}")).await;
        assert_eq!(page.header("Cache-Control"), [expected], "{cache}");
    }
}
