mod events; // the list of what happened to the session
mod live; // the stream for an open page
mod privacy; // what the page does not show

use rocket::http::Status;
use rocket::{Build, Rocket, State, get, routes};
use rocket_diesel_sessions::{Handle, Session, Sessions};

use crate::project::{tutorial, tutorial_on, tutorial_with};
use crate::routes;
use crate::test_app::{TestApp, new_folder};
use crate::visitor::Visitor;

#[get("/end/<handle>")]
async fn end(sessions: &State<Sessions>, handle: Handle) -> rocket_diesel_sessions::Result<String> {
    Ok(sessions.end(&handle).await?.to_string())
}

#[get("/end_all/<owner>")]
async fn end_all(sessions: &State<Sessions>, owner: &str) -> rocket_diesel_sessions::Result<String> {
    Ok(sessions.revoke_all(owner).await?.to_string())
}

#[get("/handle")]
fn handle(session: Session<'_>) -> String {
    session.handle().map(|handle| handle.to_string()).unwrap_or_default()
}

fn with_session_routes(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.mount("/", routes::routes()).mount("/", routes![end, end_all, handle])
}

async fn app() -> TestApp {
    tutorial_with("debug", with_session_routes).await
}

/// Returns the page as this visitor sees it, with the characters that the template escapes.
async fn inspect_page(visitor: &Visitor<'_>) -> String {
    let page = visitor.visit("/inspect/").await;
    page.replace("&quot;", "\"").replace("&#x27;", "'").replace("&#x2F;", "/").replace("&gt;", ">")
}

/// Returns the part of the page under a heading.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, from) = page.split_once(&format!("{heading}</h2>")).unwrap_or_else(|| panic!("no {heading} in {page}"));
    from.split("</section>").next().unwrap()
}

/// Returns the events that the page lists, the newest first. Each has the request, the effect on the session, and the
/// first word of each statement.
async fn listed_events(visitor: &Visitor<'_>) -> Vec<String> {
    let page = inspect_page(visitor).await;
    let events = section(&page, "What happened").split("<li data-event").skip(1);
    let between = |text: &str, from: &str, to: &str| -> Vec<String> {
        text.split(from).skip(1).map(|rest| rest.split(to).next().unwrap().to_owned()).collect()
    };
    events
        .map(|event| {
            let mut words = between(event.split("<pre>").next().unwrap(), "<code>", "</code>");
            words.extend(between(event, "<strong>", "</strong>"));
            words.extend(between(event, "<pre><code>", " "));
            words.join(" ")
        })
        .collect()
}

#[rocket::async_test]
async fn without_a_cookie_the_page_explains_how_to_get_one() {
    let app = app().await;
    let visitor = app.visitor();
    let page = inspect_page(&visitor).await;
    assert!(section(&page, "What your browser holds").contains("No cookie named <code>sessionid</code>"), "{page}");
    assert!(section(&page, "What the application sees").contains(">{}</code></pre>"), "{page}");
    assert!(section(&page, "What the table holds").contains("No row for you"), "{page}");
    assert!(!section(&page, "What happened").contains("<li"), "{page}");
    assert!(page.contains("does not know you") && page.contains("Press <em>Set</em> to begin"), "{page}");
}

#[rocket::async_test]
async fn after_set_each_section_shows_its_part_of_the_session() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let (page, row, cookie) = (inspect_page(&visitor).await, app.row(), visitor.cookie().unwrap());

    let browser = section(&page, "What your browser holds");
    let start = format!(">{}…</code> <span>These are the first 8 of {} characters.", &cookie[..8], cookie.len());
    assert!(browser.contains(">sessionid</code>") && browser.contains(&start), "{browser}");
    for (name, value) in [("Max-Age", "1209600"), ("SameSite", "Lax"), ("Path", "/")] {
        assert!(
            browser.contains(&format!("<dt>{name}</dt>\n      <dd><code data-field=\"{name}\">{value}</code>")),
            "{name}: {browser}"
        );
    }
    assert!(browser.contains("<dt>HttpOnly</dt>\n      <dd><span>No script can read"), "{browser}");
    assert!(browser.contains("after this many seconds (14 days)."), "{browser}");

    let application = section(&page, "What the application sees");
    assert!(application.contains("{\n  \"lname\": \"Codedec\",\n  \"name\": \"Bipasha\"\n}"), "{application}");
    assert!(
        application.contains(&format!("Some(\"<b class=\"handle\">{}…</b>\")", &row.session_key[..8])),
        "{application}"
    );
    assert!(application.contains(">None</code>") && application.contains(">Default</code>"), "{application}");

    assert_eq!(page.matches(&row.session_key).count(), 1, "the whole handle is shown once: {page}");
    let table = section(&page, "What the table holds");
    assert!(table.contains(&row.session_key) && table.contains(&row.session_data), "{table}");
    assert!(table.contains(&row.expire_date.date().to_string()), "{table}");
    assert!(table.contains("13 days 23 hours left"), "{table}");
    assert!(table.contains("<dt>version</dt>\n      <dd><code data-field=\"version\">1</code>"), "{table}");

    assert_eq!(listed_events(&visitor).await, ["GET /set/ created INSERT"]);
    assert!(page.contains("your session was <strong>created</strong> by <code>GET /set/</code>"), "{page}");
}

#[rocket::async_test]
async fn after_flush_the_page_shows_no_session() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    visitor.visit("/flush").await;
    let page = inspect_page(&visitor).await;
    assert!(page.contains("does not know you") && page.contains("No row for you"), "{page}");
    assert!(!page.contains("data-event"), "{page}");
}

#[rocket::async_test]
async fn after_a_restart_of_the_server_the_page_says_that_it_knows_nothing_of_before() {
    let database = new_folder();
    let before = tutorial_on(database.clone()).await;
    let visitor = before.visitor();
    visitor.visit("/set/").await;
    let cookie = visitor.cookie().unwrap();
    let after = tutorial_on(database).await;
    let visitor = after.visitor();
    visitor.set_cookie(&cookie);
    let page = inspect_page(&visitor).await;
    assert!(page.contains("Nothing has happened to your session since the server started."), "{page}");
    assert!(section(&page, "What happened").contains("before the last start of the server"), "{page}");
    assert!(section(&page, "What your browser holds").contains("got them before the server started"), "{page}");
    assert!(section(&page, "What the table holds").contains("Bipasha"), "{page}");
}

#[rocket::async_test]
async fn the_page_explains_why_an_engine_without_a_table_has_no_row() {
    for (engine, reason) in [("cookie", "in the browser's cookie"), ("memory", "in this process's memory")] {
        let app = tutorial_with("debug", |rocket| {
            let figment = rocket.figment().clone().merge(("session.engine", engine));
            rocket.configure(figment)
        })
        .await;
        let visitor = app.visitor();
        visitor.visit("/set/").await;
        visitor.visit("/get/").await;
        let page = inspect_page(&visitor).await;
        let table = section(&page, "What the table holds");
        assert!(table.contains("No row") && table.contains(reason), "{engine}: {table}");
        assert!(section(&page, "What the application sees").contains("Bipasha"), "{engine}: {page}");
        assert_eq!(listed_events(&visitor).await, ["GET /get/ loaded", "GET /set/ created"], "{engine}");
    }
}

#[rocket::async_test]
async fn an_expired_row_is_shown_to_a_visitor_who_has_its_cookie() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    diesel::RunQueryDsl::execute(
        diesel::sql_query("UPDATE sessions SET expire_date = '2026-01-01 00:00:00'"),
        &mut app.connection(),
    )
    .unwrap();
    let page = inspect_page(&visitor).await;
    assert!(section(&page, "What the application sees").contains("The cookie opens nothing"), "{page}");
    let table = section(&page, "What the table holds");
    assert!(table.contains("2026-01-01 00:00:00") && table.contains("so the row opens nothing"), "{table}");
}

#[rocket::async_test]
async fn a_browser_session_cookie_is_shown_without_an_expiry() {
    let app = tutorial("browser_close").await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    let page = inspect_page(&visitor).await;
    let browser = section(&page, "What your browser holds");
    assert!(browser.contains("<dt>no Max-Age</dt>") && !browser.contains("Expires"), "{browser}");
}

#[rocket::async_test]
async fn only_the_tutorials_profiles_have_the_inspect_page() {
    for (profile, status) in [
        ("debug", Status::Ok),
        ("five_days", Status::Ok),
        ("browser_close", Status::Ok),
        ("release", Status::NotFound),
        ("own", Status::NotFound),
    ] {
        let app = tutorial_with(profile, |rocket| {
            let figment = rocket.figment().clone().merge(("session.auto_migrate", true));
            rocket.configure(figment)
        })
        .await;
        let visitor = app.visitor();
        for path in ["/inspect/", "/inspect/events", "/static/inspect.js"] {
            assert_eq!(visitor.get(path).await.status, status, "{profile} {path}");
        }
        for path in ["/", "/set/", "/get/", "/del/"] {
            let links = visitor.visit(path).await.contains("href=\"/inspect/\"");
            assert_eq!(links, status == Status::Ok, "{profile} {path}");
        }
    }
}

#[rocket::async_test]
async fn the_inspect_page_has_the_usual_error_page_if_the_table_is_missing() {
    let app = app().await;
    let visitor = app.visitor();
    visitor.visit("/set/").await;
    app.drop_table();
    assert_eq!(visitor.get("/inspect/").await.status, Status::ServiceUnavailable);
    assert_eq!(app.visitor().get("/inspect/").await.status, Status::Ok, "without a cookie the table is not queried");
}
