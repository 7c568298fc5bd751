//! The tutorial through the eyes of a real browser: `cargo test --test browser -- --ignored`

mod chapter_7; // the reader's own pages
mod everybody; // contrast, keyboard, small screens, no JavaScript
mod machines; // the server, the browser and its driver, as processes
mod pictures; // those in docs/tutorial
mod screen; // what is seen: light and dark, wide and narrow
mod steps; // the servers of the tutorial's steps

use fantoccini::Locator;
use tempfile::TempDir;
use time::OffsetDateTime;

use machines::{Browser, Result, Server};

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tutorial_works_in_a_real_browser() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", ""]);
    browser.open("/set/").await?;
    assert_eq!(browser.title().await?, "Set Session");
    assert_eq!(browser.texts("h1").await?, ["Session Set!!!!"]);
    browser.open("/get/").await?;
    assert_eq!(browser.title().await?, "Get Session");
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.open("/del/").await?;
    assert_eq!(browser.texts("h1").await?, ["Session Deleted!!"]);
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", "Codedec"]);
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_front_page_leads_to_every_page_and_each_leads_back() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/").await?;
    for (link, path, heading) in [
        ("Set session", "/set", "Session Set!!!!"),
        ("Get session", "/get", "Get Session"),
        ("Delete session", "/del", "Session Deleted!!"),
    ] {
        browser.follow(Locator::LinkText(link), path).await?;
        assert_eq!(browser.texts("h1").await?, [heading]);
        browser.follow(Locator::LinkText("Start"), "/").await?;
        assert_eq!(browser.texts("h1").await?, ["Sessions"]);
    }
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_cookie_is_hidden_from_scripts_and_lax_and_lasts_two_weeks_to_the_second() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    let before = OffsetDateTime::now_utc().unix_timestamp();
    browser.open("/set/").await?;
    let after = OffsetDateTime::now_utc().unix_timestamp();

    let cookie = browser.window.get_named_cookie("sessionid").await?;
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site().map(|policy| policy.is_lax()), Some(true));
    assert_eq!(cookie.path(), Some("/"));
    assert_eq!(cookie.secure(), Some(false));
    let expires = cookie.expires_datetime().ok_or("the cookie has no expiry")?.unix_timestamp();
    assert!((before..=after).contains(&(expires - 1_209_600)), "{expires} for {before} to {after}");
    assert_eq!(browser.window.execute("return document.cookie", vec![]).await?, "");
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_two_week_session_is_still_there_when_the_browser_starts_again() -> Result {
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
async fn a_browser_close_session_has_no_expiry_and_ends_with_the_browser() -> Result {
    let (server, profile) = (Server::start("browser_close")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/set/").await?;
    let cookie = browser.window.get_named_cookie("sessionid").await?;
    assert_eq!(cookie.expires_datetime(), None);
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.close().await?;

    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", ""]);
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_secure_cookie_does_not_come_back_over_plain_http_except_from_this_machine() -> Result {
    let (server, profile) = (Server::start_with("debug", "{cookie_secure=true}")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open_elsewhere("/set/").await?;
    browser.open_elsewhere("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", ""]);
    browser.open("/set/").await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.close().await
}
