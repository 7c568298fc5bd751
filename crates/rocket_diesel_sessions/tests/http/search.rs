use diesel::prelude::*;
use rocket::{Route, State, get, routes};
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::{Filter, Page, Position, Result, Sessions};
use time::{Duration, OffsetDateTime};

use crate::routes;
use crate::test_app::TestApp;

/// One session of the owner or of nobody, and where to continue.
#[get("/search?<owner>&<after>")]
async fn search(sessions: &State<Sessions>, owner: Option<&str>, after: Option<Position>) -> Result<String> {
    let mut filter = Filter::all();
    filter.owners = owner.map(|owner| vec![owner.to_owned()]);
    filter.after = after;
    let found = sessions.find(&filter, Page::first().with_size(1)).await?;
    let owners: Vec<_> = found.sessions.iter().filter_map(|session| session.record.owner.as_deref()).collect();
    let next = found.next.map_or("the end".into(), |next| next.to_string());
    Ok(format!("{} {next}", owners.join(" ")))
}

/// How many sessions have expired by now.
#[get("/expired")]
async fn expired(sessions: &State<Sessions>) -> Result<String> {
    let (by_state, by_date) =
        (Filter::all().alive(false), Filter::all().expires(OffsetDateTime::UNIX_EPOCH..sessions.now()));
    Ok(format!("{} {}", sessions.count_matching(&by_state).await?, sessions.count_matching(&by_date).await?))
}

fn routes() -> Vec<Route> {
    routes![search, expired].into_iter().chain(routes::routes()).collect()
}

/// Follows the links from page to page, and returns what is on each.
async fn pages(app: &TestApp) -> Vec<String> {
    let (mut pages, mut link) = (Vec::new(), "/search".to_owned());
    loop {
        let page = app.visitor().visit(&link).await;
        let (owners, next) = page.split_once(' ').unwrap();
        pages.push(owners.to_owned());
        if next == "the end" {
            return pages;
        }
        link = format!("/search?after={next}");
    }
}

async fn with_logins(owners: &[&str]) -> TestApp {
    let app = TestApp::new(routes()).await;
    for owner in owners {
        app.visitor().visit(&format!("/login/{owner}")).await;
        app.clock.advance(Duration::SECOND);
    }
    app
}

#[rocket::async_test]
async fn a_link_to_the_next_page_continues_the_search() {
    let app = with_logins(&["ada", "bob", "eve"]).await;
    assert_eq!(pages(&app).await, ["eve", "bob", "ada"]);
    assert_eq!(app.visitor().visit("/search?owner=bob").await, "bob the end");
}

#[rocket::async_test]
async fn an_unreadable_row_does_not_hide_those_that_follow() {
    let app = with_logins(&["ada", "bob", "eve"]).await;
    let bobs = sessions::table.filter(sessions::owner.eq("bob"));
    diesel::update(bobs).set(sessions::session_data.eq("not JSON")).execute(&mut app.connection()).unwrap();
    assert_eq!(pages(&app).await, ["eve", "", "ada"]);
}

#[rocket::async_test]
async fn sessions_expire_by_the_clock_of_the_application() {
    let app = with_logins(&["ada"]).await;
    assert_eq!(app.visitor().visit("/expired").await, "0 0");
    app.clock.advance(Duration::weeks(3));
    assert_eq!(app.visitor().visit("/expired").await, "1 1");
    let rows: i64 = sessions::table.count().get_result(&mut app.connection()).unwrap();
    assert_eq!(rows, 1, "a search deletes nothing");
}
