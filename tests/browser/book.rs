//! The book at `/book/`, as `mdbook build docs` made it.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;
use tempfile::TempDir;

use crate::cross_site::COLLECT;
use crate::processes::{Browser, Result, Server};

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver, and the book (`mdbook build docs`)"]
async fn the_policy_of_the_book_forbids_nothing_that_its_pages_need() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.run_in_each_page(COLLECT).await?;
    browser.open("/book/").await?;
    for _ in 0..3 {
        assert_eq!(browser.texts("a.active").await?.len(), 1, "the table of contents shows the page");
        click(&browser, "#mdbook-theme-toggle").await?;
        click(&browser, "#mdbook-theme-coal").await?;
        let theme = "return document.documentElement.classList.contains('coal')";
        assert_eq!(browser.client.execute(theme, vec![]).await?, true);

        click(&browser, "#mdbook-search-toggle").await?;
        let field = browser.client.find(Locator::Css("#mdbook-searchbar")).await?;
        field.send_keys("Set-Cookie").await?;
        let result = browser.client.wait().for_element(Locator::Css("#mdbook-searchresults a")).await?;
        let address = result.prop("href").await?.ok_or("no address")?;
        browser.press(Key::Down).await?; // from the field to the first result

        let forbidden = browser.client.execute("return window.forbidden", vec![]).await?;
        assert_eq!(forbidden, json!([]), "{}", browser.client.current_url().await?);
        browser.client.goto(&address).await?;
    }
    browser.close().await
}

async fn click(browser: &Browser, selector: &str) -> Result {
    Ok(browser.client.find(Locator::Css(selector)).await?.click().await?)
}
