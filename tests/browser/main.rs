//! The tutorial in a real browser: `cargo test --test browser -- --ignored`

mod accessibility; // contrast, keyboard, small screens, no JavaScript
mod accounts; // sign in, two devices, the admin site
mod book; // search and themes of the book
mod chapter_7; // the application with the pages that the reader writes
mod cross_site; // pages of other sites, and what the headers forbid
mod in_process; // a server in the process of the test
mod live; // the page /inspect/ in a second window
mod pictures; // the screenshots in docs/tutorial
mod processes; // the server, the browser and its driver, as processes
mod screen; // what a browser shows: light and dark, wide and narrow
mod steps; // the servers of the tutorial's steps

use fantoccini::Locator;
use tempfile::TempDir;
use time::OffsetDateTime;

use processes::{Browser, Result, Server};

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tutorial_works_in_a_real_browser() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["not set", "not set"]);
    browser.open("/set/").await?;
    assert_eq!(browser.title().await?, "Set Session");
    assert_eq!(browser.texts("h1").await?, ["Session Set!!!!"]);
    browser.open("/get/").await?;
    assert_eq!(browser.title().await?, "Get Session");
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.open("/del/").await?;
    assert_eq!(browser.texts("h1").await?, ["Session Deleted!!"]);
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["not set", "Codedec"]);
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_front_page_links_to_every_page_and_every_page_links_back() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/").await?;
    for (link, path, heading) in [
        ("Set session", "/set/", "Session Set!!!!"),
        ("Get session", "/get/", "Get Session"),
        ("Delete session", "/del/", "Session Deleted!!"),
    ] {
        let control = format!("//main//a[.='{link}'] | //main//button[.='{link}']");
        browser.follow(Locator::XPath(&control), path).await?;
        assert_eq!(browser.texts("h1").await?, [heading]);
        browser.follow(Locator::LinkText("Start"), "/").await?;
        assert_eq!(browser.texts("h1").await?, ["Sessions"]);
    }
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_browser_keeps_the_cookie_as_httponly_and_lax_for_exactly_two_weeks() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    let before = OffsetDateTime::now_utc().unix_timestamp();
    browser.open("/set/").await?;
    let after = OffsetDateTime::now_utc().unix_timestamp();

    let cookie = browser.client.get_named_cookie("sessionid").await?;
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site().map(|policy| policy.is_lax()), Some(true));
    assert_eq!(cookie.path(), Some("/"));
    assert_eq!(cookie.secure(), Some(false));
    let expires = cookie.expires_datetime().ok_or("the cookie has no expiry")?.unix_timestamp();
    assert!((before..=after).contains(&(expires - 1_209_600)), "{expires} for {before} to {after}");
    assert_eq!(browser.client.execute("return document.cookie", vec![]).await?, "");
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_two_week_session_survives_a_restart_of_the_browser() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/set/").await?;
    browser.close().await?;

    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_browser_close_session_ends_when_the_browser_closes() -> Result {
    let (server, profile) = (Server::start("browser_close")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/set/").await?;
    let cookie = browser.client.get_named_cookie("sessionid").await?;
    assert_eq!(cookie.expires_datetime(), None);
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.close().await?;

    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["not set", "not set"]);
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_browser_sends_a_secure_cookie_over_plain_http_only_to_this_machine() -> Result {
    let (server, profile) = (Server::start_with("debug", "{cookie_secure=true}")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open_at_other_host("/set/").await?;
    browser.open_at_other_host("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["not set", "not set"]);
    browser.open("/set/").await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.close().await
}
