//! The page /inspect/, which stays open in one window while the visitor acts in another one.

use fantoccini::Locator;
use fantoccini::wd::WindowHandle;
use serde_json::json;
use tempfile::TempDir;

use crate::accessibility::check_with_axe;
use crate::accounts::{HOME, PASSWORD, sign_in};
use crate::processes::{Browser, Result, Server};
use crate::screen::{NARROW, Scheme};

/// Two windows of one browser. The second one shows /inspect/.
struct Windows {
    browser: Browser,
    acting: WindowHandle,
    following: WindowHandle,
}

impl Windows {
    async fn open(browser: Browser) -> Result<Self> {
        let following = browser.client.window().await?;
        browser.open("/inspect/").await?;
        let acting = browser.client.new_window(false).await?.handle;
        Ok(Self { browser, acting, following })
    }

    /// Opens a page in the window that acts. Afterwards the browser looks at the other window.
    async fn act(&self, path: &str) -> Result {
        self.browser.client.switch_to_window(self.acting.clone()).await?;
        self.browser.open(path).await?;
        Ok(self.browser.client.switch_to_window(self.following.clone()).await?)
    }

    /// Waits until the page says this.
    async fn wait_for(&self, text: &str) -> Result {
        let path = format!("//*[@id='live'][contains(., '{text}')]");
        self.browser.client.wait().for_element(Locator::XPath(&path)).await?;
        Ok(())
    }

    async fn field(&self, name: &str) -> Result<String> {
        Ok(self.browser.texts(&format!("[data-field='{name}']")).await?.concat())
    }
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_page_in_a_second_window_shows_at_once_what_another_window_does() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let windows = Windows::open(Browser::start(&server, profile.path()).await?).await?;
    windows.wait_for("follows your session by itself").await?;
    windows.act("/set/").await?;
    windows.wait_for("created by GET /set/").await?;
    assert_eq!(windows.field("session_data").await?, r#"{"lname":"Codedec","name":"Bipasha"}"#);

    windows.act("/del/").await?;
    windows.wait_for("saved by GET /del/").await?;
    windows.wait_for("session_data, expire_date, version.").await?;
    assert_eq!(windows.field("version").await?, "2");
    let marks = windows.browser.texts("#inspect dd.changed .change").await?;
    assert!(marks.contains(&"changed, before: 1".into()), "{marks:?}");
    assert_eq!(windows.browser.texts(".way .changed strong").await?, ["Cookie", "Row"]);
    assert_eq!(windows.browser.texts("[data-event] .changed strong").await?, ["saved", "loaded"]);

    windows.act("/get/").await?;
    windows.wait_for("loaded by GET /get/. No value changed.").await?;
    assert_eq!(windows.browser.texts("#inspect dd.changed").await?, [""; 0]);
    let listed = windows.browser.texts("[data-event] p strong").await?;
    assert_eq!(listed, ["loaded", "saved", "loaded", "created"], "the page itself left no trace");
    windows.browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_page_in_a_second_window_follows_a_session_to_its_new_key_and_to_its_end() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    server.create_superuser("ada", PASSWORD)?;
    let windows = Windows::open(Browser::start(&server, profile.path()).await?).await?;
    windows.act("/set/").await?;
    windows.wait_for("created by GET /set/").await?;
    let old_key = windows.field("session_key").await?;

    windows.browser.client.switch_to_window(windows.acting.clone()).await?;
    sign_in(&windows.browser, "ada", PASSWORD, HOME).await?;
    windows.browser.client.switch_to_window(windows.following.clone()).await?;
    windows.browser.client.wait().for_element(Locator::XPath("//*[@data-field='owner'][. != 'NULL']")).await?;
    assert_ne!(windows.field("session_key").await?, old_key);

    windows.browser.client.switch_to_window(windows.acting.clone()).await?;
    windows.browser.follow(Locator::XPath("//button[.='Sign out ada']"), "/accounts/login/").await?;
    windows.browser.client.switch_to_window(windows.following.clone()).await?;
    windows.browser.client.wait().for_element(Locator::Css("[data-field='row'].changed")).await?;
    assert!(windows.browser.texts("#inspect").await?.concat().contains("No row for you"));
    windows.browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_page_that_changes_by_itself_keeps_the_focus_and_its_place() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.open("/set/").await?;
    let windows = Windows::open(browser).await?;
    windows.browser.set_appearance(Scheme::Light, NARROW).await?;
    let place = "return [document.activeElement.textContent, scrollY]";
    let go = "document.querySelector('nav a').focus(); scrollTo(0, 300);";
    let before = windows.browser.client.execute(&format!("{go} {place}"), vec![]).await?;
    assert_eq!(before, json!(["Start", 300]));
    windows.act("/get/").await?;
    windows.wait_for("loaded by GET /get/").await?;
    assert_eq!(windows.browser.client.execute(place, vec![]).await?, before);
    windows.browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn the_page_says_if_the_server_does_not_answer_any_more() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let windows = Windows::open(Browser::start(&server, profile.path()).await?).await?;
    windows.wait_for("follows your session by itself").await?;
    drop(server);
    windows.wait_for("be read at the moment").await?;
    windows.browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver, and axe-core (.ci/run installs it)"]
async fn axe_finds_no_violation_on_a_page_with_marks() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let windows = Windows::open(Browser::start(&server, profile.path()).await?).await?;
    for path in ["/set/", "/del/"] {
        windows.act(path).await?;
        windows.wait_for(&format!("by GET {path}")).await?;
    }
    assert_ne!(windows.browser.texts(".changed").await?, [""; 0]);
    check_with_axe(&windows.browser, "/inspect/ with marks").await?;
    windows.browser.close().await
}
