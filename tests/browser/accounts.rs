//! Accounts and the admin site.

use std::fs;
use std::path::Path;

use fantoccini::Locator;
use tempfile::TempDir;

use crate::processes::{Browser, Result, Server};
use crate::screen::{NARROW, Scheme, WIDE};

pub const PASSWORD: &str = "correct horse battery";
const OTHER_PASSWORD: &str = "seven green umbrellas";
pub const HOME: &str = "/accounts/sessions/";

/// The pages for people who are signed in, and which have no number in their address.
pub const PAGES: [&str; 8] = [
    HOME,
    "/accounts/password/",
    "/admin/",
    "/admin/sessions/",
    "/admin/sessions/?state=expired",
    "/admin/users/",
    "/admin/users/add/",
    "/admin/log/",
];

pub const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/18.0 Mobile/15E148 Safari/604.1";

/// Fills the form of the sign-in page, and waits until the browser has opened `path`.
pub async fn sign_in(browser: &Browser, name: &str, password: &str, path: &str) -> Result {
    browser.open("/accounts/login/").await?;
    fill_in(browser, &[("username", name), ("password", password)], "Sign in", path).await
}

/// Fills fields by their names, and presses a button.
async fn fill_in(browser: &Browser, fields: &[(&str, &str)], button: &str, path: &str) -> Result {
    for (field, text) in fields {
        let field = browser.client.find(Locator::Css(&format!("[name='{field}']"))).await?;
        field.clear().await?;
        field.send_keys(text).await?;
    }
    browser.follow(Locator::XPath(&format!("//main//button[.='{button}']")), path).await
}

/// Presses the button with this text.
async fn press(browser: &Browser, button: &str, path: &str) -> Result {
    browser.follow(Locator::XPath(&format!("//button[.='{button}']")), path).await
}

/// Returns the headings of the devices.
async fn devices(browser: &Browser) -> Result<Vec<String>> {
    browser.open(HOME).await?;
    browser.texts(".devices h2").await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_new_superuser_signs_in_on_two_devices_sees_both_and_ends_one_from_the_other() -> Result {
    let (server, homes) = (Server::start("debug")?, [TempDir::new()?, TempDir::new()?]);
    let laptop = Browser::start(&server, homes[0].path()).await?;
    laptop.open("/accounts/login/").await?;
    assert!(laptop.texts("main").await?.concat().contains("cargo run -- createsuperuser"));
    server.create_superuser("ada", PASSWORD)?;

    laptop.client.goto(&format!("{}/admin/", server.site())).await?;
    assert_eq!(laptop.title().await?, "Sign in");
    fill_in(&laptop, &[("username", "Ada"), ("password", PASSWORD)], "Sign in", "/admin/").await?;
    assert_eq!(laptop.texts("h1").await?, ["Admin"], "the page that was asked for");

    let phone = Browser::start(&server, homes[1].path()).await?;
    phone.pretend_to_be(PHONE).await?;
    sign_in(&phone, "ada", PASSWORD, HOME).await?;
    assert_eq!(devices(&laptop).await?, ["Chrome on Linux this one", "Safari on iPhone"]);
    assert_eq!(devices(&phone).await?, ["Safari on iPhone this one", "Chrome on Linux"]);

    press(&laptop, "End this session", HOME).await?;
    assert_eq!(laptop.texts("[role=status]").await?, ["The session has ended."]);
    assert_eq!(devices(&laptop).await?, ["Chrome on Linux this one"]);
    phone.client.goto(&format!("{}{HOME}", server.site())).await?;
    assert_eq!(phone.title().await?, "Sign in");

    press(&laptop, "Sign out ada", "/accounts/login/").await?;
    assert_eq!(laptop.texts("[role=status]").await?, ["You are signed out."]);
    laptop.client.goto(&format!("{}/admin/", server.site())).await?;
    assert_eq!(laptop.title().await?, "Sign in");
    laptop.close().await?;
    phone.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn an_admin_adds_a_user_and_ends_all_of_their_sessions_without_javascript() -> Result {
    let (server, homes) = (Server::start("debug")?, [TempDir::new()?, TempDir::new()?]);
    server.create_superuser("ada", PASSWORD)?;
    let admin = Browser::start(&server, homes[0].path()).await?;
    admin.disable_javascript().await?;
    sign_in(&admin, "ada", PASSWORD, HOME).await?;
    admin.open("/admin/users/").await?;
    admin.follow(Locator::LinkText("Add a user"), "/admin/users/add/").await?;
    for (field, text) in [("name", "grace"), ("password1", OTHER_PASSWORD), ("password2", OTHER_PASSWORD)] {
        admin.client.find(Locator::Css(&format!("[name='{field}']"))).await?.send_keys(text).await?;
    }
    admin.client.find(Locator::XPath("//main//button[.='Add']")).await?.click().await?;
    admin.client.wait().for_element(Locator::Css("[role=status]")).await?;
    assert_eq!(admin.texts("[role=status]").await?, ["grace is added."]);

    let grace = Browser::start(&server, homes[1].path()).await?;
    sign_in(&grace, "grace", OTHER_PASSWORD, HOME).await?;
    grace.open_expecting(403, "/admin/").await?;

    press(&admin, "End all sessions of grace", "/admin/sessions/").await?;
    assert_eq!(admin.texts("h1").await?, ["End all sessions of grace?"]);
    assert_eq!(devices(&grace).await?.len(), 1, "the page only asks");
    press(&admin, "Yes, end them", "/admin/sessions/").await?;
    assert_eq!(admin.texts("[role=status]").await?, ["Sessions that have ended: 1."]);
    grace.client.goto(&format!("{}{HOME}", server.site())).await?;
    assert_eq!(grace.title().await?, "Sign in");

    admin.open("/admin/log/").await?;
    let log = admin.texts("tbody tr").await?;
    assert!(log[0].contains("ada sessions ended grace"), "{log:?}");
    admin.close().await?;
    grace.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_changed_password_ends_the_session_on_the_other_device_and_not_this_one() -> Result {
    let (server, homes) = (Server::start("debug")?, [TempDir::new()?, TempDir::new()?]);
    server.create_superuser("ada", PASSWORD)?;
    let [here, there] = &homes;
    let (here, there) = (Browser::start(&server, here.path()).await?, Browser::start(&server, there.path()).await?);
    for browser in [&here, &there] {
        sign_in(browser, "ada", PASSWORD, HOME).await?;
    }
    here.open("/accounts/password/").await?;
    let change = |new| [("old_password", PASSWORD), ("new_password1", new), ("new_password2", new)];
    fill_in(&here, &change("password12345678"), "Change the password", "/accounts/password/").await?;
    assert!(here.texts("[role=alert]").await?.concat().contains("too easy to guess"));
    fill_in(&here, &change(OTHER_PASSWORD), "Change the password", HOME).await?;
    assert_eq!(here.texts("[role=status]").await?, ["Your password is changed. Your other session has ended."]);
    assert_eq!(devices(&here).await?.len(), 1);

    there.client.goto(&format!("{}{HOME}", server.site())).await?;
    assert_eq!(there.title().await?, "Sign in");
    sign_in(&there, "ada", PASSWORD, "/accounts/login/").await?;
    assert_eq!(there.texts("[role=alert]").await?, ["The name or the password is wrong."]);
    sign_in(&there, "ada", OTHER_PASSWORD, HOME).await?;
    here.close().await?;
    there.close().await
}

/// Takes a picture of each page, light and dark, wide and narrow, into `target/tmp/accounts`, for somebody to look at.
#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn every_page_of_the_accounts_can_be_shown() -> Result {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("accounts");
    fs::create_dir_all(&folder)?;
    let (server, home) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, home.path()).await?;
    browser.open("/accounts/login/").await?;
    take(&browser, &folder, "first-login").await?;
    server.create_superuser("ada", PASSWORD)?;
    sign_in(&browser, "ada", "wrong", "/accounts/login/").await?;
    take(&browser, &folder, "wrong-login").await?;
    browser.open("/set/").await?;
    sign_in(&browser, "ada", PASSWORD, HOME).await?;
    for path in PAGES {
        browser.open(path).await?;
        take(&browser, &folder, &path.trim_matches('/').replace(['/', '?', '='], "-")).await?;
    }
    for (path, name) in [("/admin/users/", "admin-user"), ("/admin/sessions/", "admin-session")] {
        browser.open(path).await?;
        let address = browser.client.find(Locator::Css("td a")).await?.attr("href").await?.ok_or("no link")?;
        browser.open(&address).await?;
        take(&browser, &folder, name).await?;
    }
    press(&browser, "End this session", "/admin/sessions/").await?;
    take(&browser, &folder, "admin-end-sessions").await?;
    browser.close().await
}

async fn take(browser: &Browser, folder: &Path, name: &str) -> Result {
    for scheme in Scheme::BOTH {
        for (width, size) in [(WIDE, "wide"), (NARROW, "narrow")] {
            browser.set_appearance(scheme, width).await?;
            fs::write(folder.join(format!("{name}-{}-{size}.png", scheme.name())), browser.screenshot().await?)?;
        }
    }
    Ok(())
}
