//! The tutorial through the eyes of a real browser: `cargo test --test browser -- --ignored`
#![cfg(feature = "app")]

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use fantoccini::cookies::Cookie;
use fantoccini::{Client, ClientBuilder, Locator};
use rocket::http::SameSite;
use serde_json::json;
use tempfile::TempDir;
use time::OffsetDateTime;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tutorial_works_in_a_real_browser() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;

    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", ""]);

    browser.open("/set/").await?;
    assert_eq!(browser.client.title().await?, "Set Session");
    assert_eq!(browser.texts("h4").await?, ["Session Set!!!!"]);

    browser.open("/get/").await?;
    assert_eq!(browser.client.title().await?, "Get Session");
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);

    browser.open("/del/").await?;
    assert_eq!(browser.texts("h4").await?, ["Session Deleted!!"]);

    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", "Codedec"]);
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_front_page_leads_to_all_three_pages_and_each_leads_back() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;

    browser.open("/").await?;
    for (link, heading) in [
        ("Set session", "Session Set!!!!"),
        ("Get session", "Get Session"),
        ("Delete session", "Session Deleted!!"),
    ] {
        browser.click(link).await?;
        assert_eq!(browser.texts("h4").await?, [heading]);
        browser.click("Start").await?;
        assert_eq!(browser.texts("h1").await?, ["Sessions"]);
    }
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_cookie_is_lax_and_http_only_and_lasts_exactly_two_weeks() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;

    let before = OffsetDateTime::now_utc().unix_timestamp();
    browser.open("/set/").await?;
    let after = OffsetDateTime::now_utc().unix_timestamp();

    let cookie = browser.session_cookie().await?;
    assert_eq!(cookie.name(), "sessionid");
    assert_eq!(cookie.path(), Some("/"));
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site(), Some(SameSite::Lax));
    assert_eq!(cookie.secure(), Some(false));
    let expires = cookie.expires_datetime().ok_or("the cookie has no expiry")?;
    let age = expires.unix_timestamp() - 1_209_600;
    assert!((before..=after).contains(&age), "{before} <= {age} <= {after}");
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_script_in_the_page_cannot_read_the_cookie() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;

    browser.open("/set/").await?;
    browser.session_cookie().await?;
    let visible = browser.client.execute("return document.cookie", vec![]).await?;
    assert_eq!(visible, "");
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_two_week_session_is_still_there_after_a_restart_of_the_browser() -> Result {
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
async fn with_the_profile_browser_close_the_session_ends_with_the_browser() -> Result {
    let (server, profile) = (Server::start("browser_close")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/set/").await?;
    assert_eq!(browser.session_cookie().await?.expires(), None);
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["Bipasha", "Codedec"]);
    browser.close().await?;

    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/get/").await?;
    assert_eq!(browser.texts("dd").await?, ["", ""]);
    browser.close().await
}

/// The real binary, on a database of its own.
struct Server {
    program: Program,
    _database: TempDir,
}

impl Server {
    fn start(profile: &str) -> Result<Self> {
        let database = TempDir::new()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_rocket_diesel_sessions"));
        command
            .env_clear() // what the caller has set for Rocket is not what is tested
            .env("ROCKET_PROFILE", profile)
            .env("ROCKET_PORT", "0")
            .env("ROCKET_CLI_COLORS", "false")
            .env("DATABASE_URL", database.path().join("db.sqlite3"))
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        let program = Program::start(command, "Rocket has launched from http://127.0.0.1:")?;
        Ok(Self { program, _database: database })
    }
}

/// A Chromium with a chromedriver of its own, because the driver's end tells when the browser has let go of `profile`.
struct Browser {
    client: Client,
    driver: Program,
    site: String,
}

impl Browser {
    async fn start(server: &Server, profile: &Path) -> Result<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0");
        let driver = Program::start(command, "ChromeDriver was started successfully on port ")?;
        todo!()
    }
}
