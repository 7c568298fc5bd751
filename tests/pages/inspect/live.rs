use rocket::local::asynchronous::LocalResponse;
use rocket::tokio::io::{AsyncBufReadExt, BufReader, Lines};

use super::{app, listed_events, with_session_routes};
use crate::project::tutorial_with;
use crate::test_app::TestApp;
use crate::visitor::Visitor;

/// The stream that an open page reads.
struct Stream<'c>(Lines<BufReader<LocalResponse<'c>>>);

impl<'c> Stream<'c> {
    /// Opens the stream and waits for its first line.
    async fn open(app: &'c TestApp, visitor: &Visitor<'_>) -> Self {
        let mut request = app.client.get("/inspect/events");
        if let Some(value) = visitor.cookie() {
            request = request.cookies(rocket::http::Cookie::parse_encoded(format!("sessionid={value}")));
        }
        let mut stream = Self(BufReader::new(request.dispatch().await).lines());
        assert_eq!(stream.next().await.as_deref(), Some("retry:100"));
        stream
    }

    /// Waits for the next line of the stream. `None` if the stream has ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            let line = self.0.next_line().await.unwrap()?;
            if !line.trim_matches(':').is_empty() {
                return Some(line);
            }
        }
    }

    /// Waits for the end of the stream, and returns the lines until then.
    async fn rest(mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            lines.push(line);
        }
        lines
    }
}

#[rocket::async_test]
async fn the_stream_has_an_event_without_content_for_each_request_of_the_visitor() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let mut stream = Stream::open(&app, &visitor).await;
    for path in ["/get/", "/look/name", "/"] {
        visitor.visit(path).await;
        assert_eq!(stream.next().await.as_deref(), Some("data:changed"), "{path}");
    }
}

#[rocket::async_test]
async fn the_stream_ends_after_each_new_cookie_because_the_browser_has_to_send_it() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let stream = Stream::open(&app, &visitor).await;
    visitor.visit("/del/").await;
    assert_eq!(stream.rest().await, ["data:changed"]);
}

#[rocket::async_test]
async fn the_stream_ends_if_the_session_gets_a_new_key_or_ends() {
    let app = app().await;
    for path in ["/cycle", "/login/ada", "/login/bob", "/flush"] {
        let visitor = app.visitor();
        visitor.visit("/login/ada").await;
        let stream = Stream::open(&app, &visitor).await;
        visitor.visit(path).await;
        assert_eq!(stream.rest().await, [""; 0], "{path}");
    }
}

#[rocket::async_test]
async fn the_stream_ends_if_another_visitor_ends_the_session() {
    let app = app().await;
    for one_or_all in ["one", "all"] {
        let visitor = app.visitor();
        visitor.visit("/login/ada").await;
        let handle = visitor.visit("/handle").await;
        let stream = Stream::open(&app, &visitor).await;
        let path = if one_or_all == "one" { format!("/end/{handle}") } else { "/end_all/ada".into() };
        app.visitor().visit(&path).await;
        assert_eq!(stream.rest().await, [""; 0], "{one_or_all}");
    }
}

#[rocket::async_test]
async fn the_stream_ends_with_the_time_of_the_session() {
    let app = app().await;
    let visitor = app.visitor();
    for path in ["/set/", "/after/1"] {
        visitor.visit(path).await;
    }
    let stream = Stream::open(&app, &visitor).await;
    assert_eq!(stream.rest().await, [""; 0]);
}

#[rocket::async_test]
async fn the_stream_of_a_visitor_without_a_session_ends_by_itself() {
    let app = app().await;
    let with_wrong_cookie = app.visitor();
    with_wrong_cookie.set_cookie("nonsense");
    for visitor in [app.visitor(), with_wrong_cookie] {
        assert_eq!(Stream::open(&app, &visitor).await.rest().await, [""; 0]);
    }
}

#[rocket::async_test]
async fn the_stream_says_nothing_about_other_visitors() {
    let app = app().await;
    let (one, other) = (app.visitor(), app.visitor());
    one.visit("/set/").await;
    other.visit("/set/").await;
    let stream = Stream::open(&app, &one).await;
    for path in ["/get/", "/del/", "/cycle", "/login/ada", "/flush", "/set/"] {
        other.visit(path).await;
    }
    one.visit("/get/").await;
    one.visit("/flush").await;
    assert_eq!(stream.rest().await, ["data:changed"]);
}

#[rocket::async_test]
async fn a_visitor_with_an_old_key_learns_nothing_from_the_stream() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let thief = visitor.copy();
    visitor.visit("/login/ada").await;
    let stream = Stream::open(&app, &thief).await;
    for path in ["/get/", "/del/", "/cycle"] {
        visitor.visit(path).await;
    }
    assert_eq!(stream.rest().await, [""; 0]);
}

#[rocket::async_test]
async fn looking_at_the_page_and_its_stream_renews_no_session_whatever_the_settings_say() {
    let app = tutorial_with("debug", |rocket| {
        let figment = rocket.figment().clone().merge(("session.save_every_request", true));
        with_session_routes(rocket.configure(figment))
    })
    .await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let earlier = (app.row().expire_date - time::Duration::hours(1)).format(format).unwrap();
    diesel::RunQueryDsl::execute(
        diesel::sql_query(format!("UPDATE sessions SET expire_date = '{earlier}'")),
        &mut app.connection(),
    )
    .unwrap();
    let before = app.rows();
    for path in ["/inspect/", "/static/style.css", "/static/inspect.js"] {
        assert!(visitor.get(path).await.set_cookie().is_none(), "{path}");
    }
    drop(Stream::open(&app, &visitor).await);
    assert_eq!(app.rows(), before);
    assert_eq!(listed_events(&visitor).await, ["GET /set/ created INSERT"]);
    assert!(visitor.get("/get/").await.set_cookie().is_some(), "another page does renew the session");
    assert_ne!(app.rows(), before);
}

#[rocket::async_test]
async fn the_streams_end_when_the_server_shuts_down() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let stream = Stream::open(&app, &visitor).await;
    app.client.rocket().shutdown().notify();
    assert_eq!(stream.rest().await, [""; 0]);
}

#[rocket::async_test]
async fn the_page_has_a_script_of_its_own_server_and_works_without_it() {
    let app = app().await;
    let page = app.visitor().visit("/inspect/").await;
    assert!(page.contains("<script src=\"/static/inspect.js\" defer></script>"), "{page}");
    assert!(page.contains("as it was when you opened the page"), "{page}");
    let script = app.visitor().get("/static/inspect.js").await;
    assert_eq!(script.header("Content-Type"), ["text/javascript"]);
}
