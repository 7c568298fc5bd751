use std::sync::Mutex;

use rocket::http::{Cookie, Header, Method, Status};
use rocket::local::asynchronous::LocalResponse;

use crate::log;
use crate::test_app::TestApp;

/// A browser that keeps the session cookie and sends it with each request.
pub struct Visitor<'s> {
    app: &'s TestApp,
    cookie: Mutex<Option<String>>,
}

/// A response with its body.
pub struct Page {
    pub status: Status,
    pub body: String,
    headers: Vec<(String, String)>,
}

impl<'s> Visitor<'s> {
    pub fn new(app: &'s TestApp) -> Self {
        Self { app, cookie: Mutex::default() }
    }

    /// Returns another browser with the same cookie: a second window, or a thief's browser.
    pub fn copy(&self) -> Self {
        Self { app: self.app, cookie: Mutex::new(self.cookie()) }
    }

    /// Returns the value of the session cookie.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Replaces the value of the session cookie. `value` is percent-encoded.
    pub fn set_cookie(&self, value: &str) {
        *self.cookie.lock().unwrap() = Some(value.to_owned());
    }

    /// Requests `path`. If the response sets or removes the session cookie, so does the browser.
    pub async fn get(&self, path: &str) -> Page {
        self.send(Method::Get, path, &[]).await
    }

    /// Sends a request with these headers.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&'static str, &'static str)]) -> Page {
        let mut request = self.app.client.req(method, path.to_owned());
        headers.iter().for_each(|(name, value)| request.add_header(Header::new(*name, *value)));
        if let Some(value) = self.cookie() {
            request = request.cookies(Cookie::parse_encoded(format!("sessionid={value}")));
        }
        let page = Page::read(request.dispatch().await).await;
        if let Some(set) = page.set_cookie() {
            log::record_key(&self.app.client, &set.value);
            *self.cookie.lock().unwrap() = (!set.is_removal()).then(|| set.value.clone());
        }
        page
    }

    /// Requests `path` and returns the body. Panics if the status is not 200.
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

    /// Returns all values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Returns the `Set-Cookie` header of the session cookie, if there is one. Panics if there are two.
    pub fn set_cookie(&self) -> Option<SetCookie> {
        let all = self.header("Set-Cookie");
        let mut session_cookies = all.iter().filter_map(|header| SetCookie::parse(header));
        let cookie = session_cookies.next();
        assert!(session_cookies.next().is_none(), "two session cookies in one response: {all:?}");
        cookie
    }
}

/// The `Set-Cookie` header of the session cookie.
#[derive(Debug)]
pub struct SetCookie {
    pub value: String,
    /// In lower case, for example `max-age=1209600` or `httponly`.
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

    /// Returns the value of an attribute, or `""` if the attribute has no value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes =
            self.attributes.iter().map(|attribute| attribute.split_once('=').unwrap_or((attribute, "")));
        attributes.find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}
