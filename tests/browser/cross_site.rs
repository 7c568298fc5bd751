//! Pages of other sites, and what the security headers forbid to the tutorial's own.

use fantoccini::Locator;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use tempfile::TempDir;

use crate::accessibility::check_each_page;
use crate::in_process::InProcess;
use crate::processes::{Browser, Result, Server};

#[allow(dead_code)] // the function `main` that #[launch] generates
mod example {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/weak.rs"));

    pub fn app() -> rocket::Rocket<rocket::Build> {
        rocket()
    }
}

/// Collects what the Content-Security-Policy forbids.
pub const COLLECT: &str = "window.forbidden = [];
    document.addEventListener('securitypolicyviolation', event => {
        window.forbidden.push(`${event.violatedDirective} ${event.blockedURI}`);
    });";

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn no_page_needs_anything_that_the_content_security_policy_forbids() -> Result {
    check_each_page(async |browser, page| {
        browser.run_in_each_page(COLLECT).await?;
        browser.client.refresh().await?;
        let forbidden = browser.client.execute("return window.forbidden", vec![]).await?;
        assert_eq!(forbidden, serde_json::json!([]), "{page}");
        let rules = "return document.styleSheets[0].cssRules.length";
        assert_ne!(browser.client.execute(rules, vec![]).await?, 0, "{page} has no style sheet");
        Ok(())
    })
    .await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_script_that_somebody_got_into_a_page_does_not_run() -> Result {
    let (server, profile) = (Server::start("debug")?, TempDir::new()?);
    let browser = Browser::start(&server, profile.path()).await?;
    browser.run_in_each_page(COLLECT).await?;
    browser.open("/").await?;
    let inject = "const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.head.append(script);
        await new Promise(done => setTimeout(done));
        return [window.ran ?? false, window.forbidden.length]";
    let inject = format!("return (async () => {{ {inject} }})()");
    assert_eq!(browser.client.execute(&inject, vec![]).await?, serde_json::json!([false, 1]));
    browser.close().await
}

#[rocket::async_test]
#[ignore = "needs Debian's chromium and chromium-driver"]
async fn a_forged_form_signs_the_visitor_in_as_mallory_with_the_weak_sessions_and_not_with_the_real_ones() -> Result {
    let folder = TempDir::new()?;
    let figment = Figment::from(rocket::Config::default()).merge(Toml::file("Rocket.toml").nested()).select("debug");
    let figment = figment
        .merge(("databases.sessions.url", folder.path().join("db.sqlite3")))
        .merge(("weak_database", folder.path().join("weak.sqlite3")));
    let server = InProcess::serve(example::app().configure(figment)).await?;
    let tutorial = Server::start("debug")?;
    let mut browser = Browser::start(&tutorial, &folder.path().join("browser")).await?;
    browser.switch_to(&server.site);
    for (sessions, after) in [("weak", "mallory is signed in"), ("real", "ada is signed in")] {
        // A form of the same site signs Ada in.
        browser.open(&format!("/{sessions}")).await?;
        let sign_in = format!(
            "document.body.innerHTML = '<form method=post action=/{sessions}/login/ada><button>Sign in</button></form>'"
        );
        browser.client.execute(&sign_in, vec![]).await?;
        browser.follow(Locator::Css("button"), &format!("/{sessions}/login/ada")).await?;
        assert!(browser.texts("body").await?.concat().contains("ada is signed in"), "{sessions}");

        let mallory = server.site.replace("127.0.0.1", "localhost") + "/mallory";
        browser.client.goto(&mallory).await?;
        let button = format!("//button[.='Win a prize, {sessions}']");
        browser.follow(Locator::XPath(&button), &format!("/{sessions}/login/mallory")).await?;
        browser.open(&format!("/{sessions}")).await?;
        let page = browser.texts("body").await?.concat();
        assert!(page.contains(after), "{sessions}: {page}");
    }
    browser.close().await
}
