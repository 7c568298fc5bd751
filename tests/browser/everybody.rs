//! Pages for everybody: for eyes that need contrast or a large print, for a screen reader, for a keyboard alone, and
//! for a browser without JavaScript.

use std::path::{Path, PathBuf};
use std::{env, fs};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;
use tempfile::TempDir;

use crate::chapter_7::Chapter7;
use crate::machines::{Browser, Result, Server};
use crate::screen::{NARROW, Scheme, WIDE};
use crate::steps;

/// Opens each page of the tutorial, errors included, in a state that it is met in, and looks at it.
async fn on_each_page(look: impl AsyncFn(&Browser, &str) -> Result) -> Result {
    let home = TempDir::new()?;
    let (table, broken) = (home.path().join("db.sqlite3"), home.path().join("broken.sqlite3"));
    let program = Server::beside("session_tutorial", &table)?;
    let mut browser = Browser::start(&program, &home.path().join("browser")).await?;
    for path in ["/", "/get/", "/inspect/", "/set/", "/get/", "/inspect/", "/del/"] {
        browser.open(path).await?;
        look(&browser, path).await?;
    }
    browser.open_for(404, "/nowhere").await?;
    look(&browser, "404").await?;

    let chapter_7 = Chapter7::serve(&table).await?;
    browser.turn_to(&chapter_7.site);
    for path in ["/visits", "/name"] {
        browser.open(path).await?;
        look(&browser, path).await?;
    }

    let step = steps::serve(1, &table)?; // has the fewest links
    browser.turn_to(&step.site());
    for path in ["/", "/inspect/"] {
        browser.open(path).await?;
        look(&browser, &format!("{path} of step 1")).await?;
    }

    let step = steps::serve(5, &table)?;
    browser.turn_to(&step.site());
    browser.open_for(500, "/greet").await?;
    look(&browser, "500").await?;
    for path in ["/set/", "/clear", "/inspect/", "/flush", "/inspect/"] {
        browser.open(path).await?;
        look(&browser, &format!("{path} of step 5")).await?;
    }

    browser.open("/set/").await?;
    let step = steps::serve(5, &broken)?;
    browser.turn_to(&step.site());
    SqliteConnection::establish(&broken.display().to_string())?.batch_execute("DROP TABLE sessions")?;
    browser.open_for(503, "/get/").await?;
    look(&browser, "503").await?;
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver, and axe-core (.ci/run installs it)"]
async fn axe_finds_nothing_on_any_page_in_any_look() -> Result {
    let axe = env::var_os("AXE_CORE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/node_modules/axe-core/axe.min.js"),
        PathBuf::from,
    );
    let axe = fs::read_to_string(&axe).map_err(|error| format!("{}: {error}", axe.display()))?;
    on_each_page(async |browser, page| {
        browser.window.execute(&axe, vec![]).await?;
        for scheme in Scheme::BOTH {
            for width in [WIDE, NARROW] {
                browser.look(scheme, width).await?;
                let run = "const [answer] = arguments; axe.run().then(answer)";
                let found = browser.window.execute_async(run, vec![]).await?;
                assert_eq!(found["violations"], json!([]), "{page}, {scheme:?}, {width} wide");
                assert_ne!(found["passes"], json!([]), "{page}");
            }
        }
        Ok(())
    })
    .await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn no_page_has_to_be_scrolled_sideways_on_the_smallest_screen() -> Result {
    on_each_page(async |browser, page| {
        browser.look(Scheme::Light, NARROW).await?;
        let beyond = "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        assert_eq!(browser.window.execute(beyond, vec![]).await?, 0, "{page}");
        Ok(())
    })
    .await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_tab_key_leads_to_all_that_can_be_used_in_the_order_of_the_page_and_is_seen_there() -> Result {
    const USABLE: &str =
        "const usable = [...document.querySelectorAll('a, button, input, select, textarea, summary')];";
    on_each_page(async |browser, page| {
        let at = format!("{USABLE} return usable.indexOf(document.activeElement)");
        let count = browser.window.execute(&format!("{USABLE} return usable.length"), vec![]).await?;
        let untouched = browser.photograph().await?;
        for place in 0..count.as_u64().ok_or("no number")? {
            browser.press(Key::Tab).await?;
            assert_eq!(browser.window.execute(&at, vec![]).await?, place, "{page}");
            assert!(browser.photograph().await? != untouched, "{page}: nobody sees that {place} has the focus");
        }
        Ok(())
    })
    .await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn without_javascript_everything_works() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.without_javascript().await?;
    browser.window.goto("data:text/html,<p>Written<script>document.write(' by a script')</script>").await?;
    assert_eq!(browser.texts("p").await?, ["Written"]);

    browser.open("/").await?;
    for (link, path, names) in [("Set", "/set", ["Bipasha", "Codedec"]), ("Delete", "/del", ["", "Codedec"])] {
        browser.follow(Locator::LinkText(link), path).await?;
        browser.follow(Locator::LinkText("Get"), "/get").await?;
        assert_eq!(browser.texts("dd").await?, names);
    }
    browser.follow(Locator::LinkText("Inspect"), "/inspect").await?;
    assert!(browser.texts("main").await?.concat().contains("Codedec"));
    browser.close().await
}
