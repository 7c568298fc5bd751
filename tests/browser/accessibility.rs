//! Accessibility of the pages: contrast, large print, screen readers, keyboards, small screens, and browsers without
//! JavaScript.

use std::path::{Path, PathBuf};
use std::{env, fs};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;
use tempfile::TempDir;

use crate::accounts::{HOME, PAGES, PASSWORD, sign_in};
use crate::chapter_7::Chapter7;
use crate::processes::{Browser, Result, Server};
use crate::screen::{NARROW, Scheme, WIDE};
use crate::steps;

/// Opens each page of the tutorial as a visitor would, also the error pages, and calls `check` with the browser and the
/// name of the page.
pub async fn check_each_page(check: impl AsyncFn(&Browser, &str) -> Result) -> Result {
    let folder = TempDir::new()?;
    let (table, broken) = (folder.path().join("db.sqlite3"), folder.path().join("broken.sqlite3"));
    let program = Server::start_binary("session_tutorial", &table)?;
    let mut browser = Browser::start(&program, &folder.path().join("browser")).await?;
    for path in ["/", "/get/", "/inspect/", "/set/", "/get/", "/inspect/", "/del/"] {
        browser.open(path).await?;
        check(&browser, path).await?;
    }
    browser.open_expecting(404, "/nowhere").await?;
    check(&browser, "404").await?;

    for path in ["/accounts/login/", "/admin/"] {
        browser.open(path).await?; // the first one says how to make a superuser
        check(&browser, &format!("{path} for a visitor")).await?;
    }
    program.create_superuser("ada", PASSWORD)?;
    sign_in(&browser, "ada", "wrong", "/accounts/login/").await?;
    check(&browser, "a wrong sign-in").await?;
    sign_in(&browser, "ada", PASSWORD, HOME).await?;
    for path in PAGES {
        browser.open(path).await?;
        check(&browser, path).await?;
    }
    for (path, link, name) in [("/admin/sessions/", "td a", "a session"), ("/admin/users/", "td a", "a user")] {
        browser.open(path).await?;
        let address = browser.client.find(Locator::Css(link)).await?.attr("href").await?.ok_or("no link")?;
        browser.open(&address).await?;
        check(&browser, name).await?;
    }

    let chapter_7 = Chapter7::serve(&table).await?;
    browser.switch_to(&chapter_7.server.site);
    for path in ["/visits", "/name"] {
        browser.open(path).await?;
        check(&browser, path).await?;
    }

    let step = steps::serve(1, &table)?; // the step with the fewest links
    browser.switch_to(&step.site());
    for path in ["/", "/inspect/"] {
        browser.open(path).await?;
        check(&browser, &format!("{path} of step 1")).await?;
    }

    let step = steps::serve(5, &table)?;
    browser.switch_to(&step.site());
    browser.open_expecting(500, "/greet").await?;
    check(&browser, "500").await?;
    for path in ["/set/", "/clear", "/inspect/", "/flush", "/inspect/"] {
        browser.open(path).await?;
        check(&browser, &format!("{path} of step 5")).await?;
    }

    browser.open("/set/").await?;
    let step = steps::serve(5, &broken)?;
    browser.switch_to(&step.site());
    SqliteConnection::establish(&broken.display().to_string())?.batch_execute("DROP TABLE sessions")?;
    browser.open_expecting(503, "/get/").await?;
    check(&browser, "503").await?;
    browser.close().await
}

/// Asserts that axe-core finds no violation on the page that the browser shows.
pub async fn check_with_axe(browser: &Browser, page: &str) -> Result {
    let axe = env::var_os("AXE_CORE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/node_modules/axe-core/axe.min.js"),
        PathBuf::from,
    );
    let axe = fs::read_to_string(&axe).map_err(|error| format!("{}: {error}", axe.display()))?;
    browser.client.execute(&axe, vec![]).await?;
    for scheme in Scheme::BOTH {
        for width in [WIDE, NARROW] {
            browser.set_appearance(scheme, width).await?;
            let run = "const [answer] = arguments; axe.run().then(answer)";
            let found = browser.client.execute_async(run, vec![]).await?;
            assert_eq!(found["violations"], json!([]), "{page}, {scheme:?}, {width} wide");
            assert_ne!(found["passes"], json!([]), "{page}");
        }
    }
    Ok(())
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver, and axe-core (.ci/run installs it)"]
async fn axe_finds_no_violation_on_any_page() -> Result {
    check_each_page(check_with_axe).await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn no_page_scrolls_horizontally_on_the_smallest_screen() -> Result {
    check_each_page(async |browser, page| {
        browser.set_appearance(Scheme::Light, NARROW).await?;
        let overflow = "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        assert_eq!(browser.client.execute(overflow, vec![]).await?, 0, "{page}");
        Ok(())
    })
    .await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tab_key_reaches_every_control_in_page_order_with_a_visible_focus() -> Result {
    const CONTROLS: &str =
        "const controls = [...document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]')]
            .filter(control => control.type !== 'hidden' && !control.hidden);";
    check_each_page(async |browser, page| {
        let focused = format!("{CONTROLS} return controls.indexOf(document.activeElement)");
        let count = browser.client.execute(&format!("{CONTROLS} return controls.length"), vec![]).await?;
        let without_focus = browser.screenshot().await?;
        for index in 0..count.as_u64().ok_or("no number")? {
            browser.press(Key::Tab).await?;
            assert_eq!(browser.client.execute(&focused, vec![]).await?, index, "{page}");
            assert!(browser.screenshot().await? != without_focus, "{page}: the focus on control {index} is invisible");
        }
        Ok(())
    })
    .await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tutorial_works_without_javascript() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.disable_javascript().await?;
    browser.client.goto("data:text/html,<p>Written<script>document.write(' by a script')</script>").await?;
    assert_eq!(browser.texts("p").await?, ["Written"]);

    browser.open("/").await?;
    for (link, path, names) in [("Set", "/set/", ["Bipasha", "Codedec"]), ("Delete", "/del/", ["not set", "Codedec"])] {
        browser.follow(Locator::XPath(&format!("//nav//button[.='{link}']")), path).await?;
        browser.follow(Locator::LinkText("Get"), "/get/").await?;
        assert_eq!(browser.texts("dd").await?, names);
    }
    browser.follow(Locator::LinkText("Inspect"), "/inspect/").await?;
    assert!(browser.texts("main").await?.concat().contains("Codedec"));
    assert_eq!(browser.texts("#live").await?, ["This page shows your session as it was when you opened the page."]);
    browser.close().await
}
