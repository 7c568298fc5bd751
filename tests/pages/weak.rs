//! The attacks of the tutorial's chapter 9. Each succeeds against the weak sessions of `examples/weak.rs` and fails
//! against the library's sessions in the same example.

use std::sync::Mutex;
use std::time::Instant;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::futures::future::join;
use rocket::http::{Cookie, Header, Method};
use rocket::local::asynchronous::Client;
use rocket::{Build, Config, Rocket};

use crate::log;
use crate::project::launch_example;
use crate::steps::example;
use crate::test_app::TestApp;

example!(weak as lab);

const EMPTY_SESSION: &str = "Nobody is signed in. Kept: {}\n";

/// Configures the example so that the file of the weak table is in a folder that is deleted with the application. The real
/// sessions may be on a server.
fn configure(figment: Figment) -> Rocket<Build> {
    let folder = tempfile::tempdir().unwrap();
    let figment = figment.merge(("weak_database", folder.path().join("weak.sqlite3")));
    lab::app().configure(figment).manage(folder)
}

/// A browser that keeps one cookie, with any name, and sends its requests to the sessions under `base`.
struct Browser<'s> {
    client: &'s Client,
    base: &'static str,
    cookie: Mutex<Option<Cookie<'static>>>,
}

impl<'s> Browser<'s> {
    fn new(app: &'s TestApp, base: &'static str) -> Self {
        Self { client: &app.client, base, cookie: Mutex::default() }
    }

    /// Returns another browser with the same cookie.
    fn copy(&self) -> Self {
        Self { client: self.client, base: self.base, cookie: Mutex::new(self.cookie.lock().unwrap().clone()) }
    }

    async fn show(&self) -> String {
        self.request(Method::Get, "").await
    }

    async fn post(&self, path: &str) -> String {
        self.request(Method::Post, path).await
    }

    async fn request(&self, method: Method, path: &str) -> String {
        let mut request = self.client.req(method, format!("{}{path}", self.base));
        if let Some(cookie) = self.cookie.lock().unwrap().clone() {
            request = request.cookie(cookie);
        }
        let response = request.dispatch().await;
        for header in response.headers().get("Set-Cookie") {
            let cookie = Cookie::parse_encoded(header.to_owned()).unwrap();
            let kept =
                (!cookie.value().is_empty()).then(|| Cookie::new(cookie.name().to_owned(), cookie.value().to_owned()));
            *self.cookie.lock().unwrap() = kept;
        }
        response.into_string().await.unwrap()
    }
}

async fn launch() -> TestApp {
    launch_example(configure).await
}

/// Puts Mallory's key into Ada's browser, signs Ada in, and returns what Mallory sees.
async fn page_after_fixation(app: &TestApp, base: &'static str) -> String {
    let mallory = Browser::new(app, base);
    mallory.post("/keep/mine/yes").await;
    let ada = mallory.copy();
    assert!(ada.post("/login/ada").await.contains("ada is signed in"));
    mallory.show().await
}

#[rocket::async_test]
async fn a_planted_key_opens_the_weak_session_after_the_login_but_not_the_real_one() {
    let app = launch().await;
    assert!(page_after_fixation(&app, "/weak").await.contains("ada is signed in"));
    assert_eq!(page_after_fixation(&app, "/real").await, EMPTY_SESSION);
}

/// Signs Ada in, reads a key with `query`, and returns what Mallory sees if she sends it as her cookie.
async fn page_with_key_from_table(
    app: &TestApp,
    base: &'static str,
    cookie: &'static str,
    file: &str,
    query: &str,
) -> String {
    Browser::new(app, base).post("/login/ada").await;
    let mut table = rocket_diesel_sessions::testing::connect(file);
    let key: String = diesel::select(sql::<Text>(query)).get_result(&mut table).unwrap();
    let mallory = Browser::new(app, base);
    *mallory.cookie.lock().unwrap() = Some(Cookie::new(cookie, key));
    mallory.show().await
}

#[rocket::async_test]
async fn a_key_from_the_table_opens_the_weak_session_but_not_the_real_one() {
    let app = launch().await;
    let file: String = app.client.rocket().figment().extract_inner("weak_database").unwrap();
    let query = "(SELECT key FROM weak_sessions WHERE owner = 'ada')";
    let page = page_with_key_from_table(&app, "/weak", "weakid", &file, query).await;
    assert!(page.contains("ada is signed in"), "{page}");
    let file: String = app.client.rocket().figment().extract_inner("databases.sessions.url").unwrap();
    let query = "(SELECT session_key FROM sessions WHERE owner = 'ada')";
    assert_eq!(page_with_key_from_table(&app, "/real", "sessionid", &file, query).await, EMPTY_SESSION);
}

/// Copies Ada's cookie, signs Ada out, and returns what Mallory sees with the copy.
async fn page_after_logout(app: &TestApp, base: &'static str) -> String {
    let ada = Browser::new(app, base);
    ada.post("/login/ada").await;
    let mallory = ada.copy();
    assert!(ada.post("/logout").await.ends_with("Signed out.\n"));
    assert!(ada.cookie.lock().unwrap().is_none());
    mallory.show().await
}

#[rocket::async_test]
async fn a_copied_cookie_opens_the_weak_session_after_the_logout_but_not_the_real_one() {
    let app = launch().await;
    assert!(page_after_logout(&app, "/weak").await.contains("ada is signed in"));
    assert_eq!(page_after_logout(&app, "/real").await, EMPTY_SESSION);
}

/// Sends two requests, of which the first loads before the second has saved, and saves after it. Returns what Ada sees
/// then.
async fn page_after_overlap(app: &TestApp, base: &'static str) -> String {
    loop {
        let ada = Browser::new(app, base);
        ada.post("/keep/cart/tea").await;
        let other_window = ada.copy();
        let answered = async |browser: &Browser<'_>, path| {
            browser.post(path).await;
            Instant::now()
        };
        let (slow, quick) =
            join(answered(&ada, "/keep/theme/dark?pause=200"), answered(&other_window, "/keep/lang/en")).await;
        // On a busy machine the pause may be over before the quick request is answered. Then the test tries again.
        if quick < slow {
            return ada.show().await;
        }
    }
}

#[rocket::async_test]
async fn the_weak_session_loses_one_of_two_overlapping_changes_and_the_real_one_keeps_both() {
    let app = launch().await;
    let expected = r#"Nobody is signed in. Kept: {"cart":"tea","theme":"dark"}"#;
    assert_eq!(page_after_overlap(&app, "/weak").await, format!("WEAK ON PURPOSE: {expected}\n"));
    let expected = r#"Nobody is signed in. Kept: {"cart":"tea","lang":"en","theme":"dark"}"#;
    assert_eq!(page_after_overlap(&app, "/real").await, format!("{expected}\n"));
}

/// Signs Ada in, sends her browser the form of another site that signs Mallory in, and returns what Ada sees.
async fn page_after_forged_login(app: &TestApp, base: &'static str) -> String {
    let ada = Browser::new(app, base);
    ada.post("/login/ada").await;
    let forged = ada.client.post(format!("{base}/login/mallory")).header(Header::new("Sec-Fetch-Site", "cross-site"));
    let response = forged.dispatch().await; // without the cookie, because it is SameSite
    if let Some(cookie) = response.cookies().iter().next() {
        *ada.cookie.lock().unwrap() = Some(cookie.clone());
    }
    ada.show().await
}

#[rocket::async_test]
async fn a_forged_login_works_with_the_weak_sessions_but_not_with_the_real_ones() {
    let app = launch().await;
    assert!(page_after_forged_login(&app, "/weak").await.contains("mallory is signed in"));
    assert!(page_after_forged_login(&app, "/real").await.contains("ada is signed in"));
}

#[rocket::async_test]
async fn every_weak_page_says_that_it_is_weak() {
    let app = launch().await;
    let ada = Browser::new(&app, "/weak");
    let pages =
        [ada.show().await, ada.post("/login/ada").await, ada.post("/keep/a/b").await, ada.post("/logout").await];
    let front = Browser::new(&app, "/").show().await;
    for page in pages.iter().chain([&front]) {
        assert!(page.starts_with("WEAK ON PURPOSE"), "{page}");
    }
}

#[rocket::async_test]
async fn the_weak_example_refuses_to_serve_other_machines() {
    log::capture();
    for address in ["0.0.0.0", "192.0.2.1", "::"] {
        let figment = Figment::from(Config::debug_default()).merge(("address", address));
        let error = lab::app().configure(figment).ignite().await.expect_err(address);
        let ErrorKind::FailedFairings(failed) = error.kind() else { panic!("{error}") };
        assert!(failed.iter().any(|fairing| fairing.name == "On this machine only"), "{failed:?}");
    }
}
