use std::sync::Mutex;

use rocket::http::{Cookie, Status};
use rocket::local::asynchronous::LocalResponse;

use crate::log;
use crate::test_app::TestApp;

/// A browser: it keeps the session's cookie as the server set it, and sends it with each request.
pub struct Visitor<'s> {
    app: &'s TestApp,
    cookie: Mutex<Option<String>>,
}

/// What came back.
pub struct Page {
    pub status: Status,
    pub body: String,
    headers: Vec<(String, String)>,
}

impl<'s> Visitor<'s> {
    pub fn new(app: &'s TestApp) -> Self {
        Self { app, cookie: Mutex::default() }
    }

    /// Another browser with the same cookie: a copy, a second window, a thief.
    pub fn copy(&self) -> Self {
        Self { app: self.app, cookie: Mutex::new(self.cookie()) }
    }

    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Puts a cookie into the browser, encoded as on the wire.
    pub fn set_cookie(&self, value: &str) {
        *self.cookie.lock().unwrap() = Some(value.to_owned());
    }

    pub async fn get(&self, path: &str) -> Page {
        let mut request = self.app.client.get(path.to_owned());
        if let Some(value) = self.cookie() {
            request = request.cookies(Cookie::parse_encoded(format!("sessionid={value}")));
        }
        let page = Page::read(request.dispatch().await).await;
        if let Some(set) = page.set_cookie() {
            log::note_key(&self.app.client, &set.value);
            *self.cookie.lock().unwrap() = (!set.is_removal()).then(|| set.value.clone());
        }
        page
    }

    /// As `get`, of a page that works.
    pub async fn visit(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, Status::Ok, "{path}: {}", page.body);
        page.body
    }
}

impl Page {
    async fn read(response: LocalResponse<'_>) -> Self {
        let headers = response.headers().iter().map(|header| (header.name.to_string(), header.value.to_string()));
        let (status, headers) = (response.status(), headers.collect());
        Self { status, headers, body: response.into_string().await.unwrap_or_default() }
    }

    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The session's cookie, if the page sets or removes it.
    pub fn set_cookie(&self) -> Option<SetCookie> {
        let all = self.header("Set-Cookie");
        let mut ours = all.iter().filter_map(|header| SetCookie::parse(header));
        let cookie = ours.next();
        assert!(ours.next().is_none(), "two session cookies in one response: {all:?}");
        cookie
    }
}

/// A `Set-Cookie` header as it is on the wire.
#[derive(Debug)]
pub struct SetCookie {
    pub value: String,
    /// In lower case: `max-age=1209600`, `httponly`.
    pub attributes: Vec<String>,
}

impl SetCookie {
    fn parse(header: &str) -> Option<Self> {
        let mut parts = header.split("; ");
        let value = parts.next()?.strip_prefix("sessionid=")?.to_owned();
        Some(Self { value, attributes: parts.map(str::to_ascii_lowercase).collect() })
    }

    pub fn is_removal(&self) -> bool {
        self.attribute("max-age") == Some("0")
    }

    /// The value of an attribute; `""` for a flag that is there.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes =
            self.attributes.iter().map(|attribute| attribute.split_once('=').unwrap_or((attribute, "")));
        attributes.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}
