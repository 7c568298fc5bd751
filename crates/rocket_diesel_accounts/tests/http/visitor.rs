use std::cell::OnceCell;
use std::net::SocketAddr;
use std::sync::Mutex;

use rocket::http::{ContentType, Cookie, Header, Method, RawStr, Status};
use rocket::local::asynchronous::LocalResponse;
use scraper::{Html, Selector};

use crate::test_app::TestApp;

pub const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
pub const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/18.0 Safari/605.1.15";

/// A browser. It keeps all cookies by name and path.
pub struct Visitor<'s> {
    app: &'s TestApp,
    cookies: Mutex<Vec<Kept>>,
    user_agent: String,
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub name: String,
    pub path: String,
    /// Percent-encoded, as it was sent.
    pub value: String,
}

/// A response with its body.
pub struct Page {
    pub status: Status,
    pub body: String,
    headers: Vec<(String, String)>,
    document: OnceCell<Html>,
}

impl<'s> Visitor<'s> {
    pub fn new(app: &'s TestApp) -> Self {
        let address = SocketAddr::from(([192, 0, 2, 1], 50000));
        Self { app, cookies: Mutex::default(), user_agent: FIREFOX.into(), address, headers: Vec::new() }
    }

    /// Changes from where the browser's connections come.
    pub fn at(self, address: &str) -> Self {
        Self { address: SocketAddr::new(address.parse().unwrap(), 50000), ..self }
    }

    pub fn user_agent(self, user_agent: &str) -> Self {
        Self { user_agent: user_agent.into(), ..self }
    }

    /// Adds a header to every request, as a proxy or an attacker does.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns another browser with the same cookies: a second window, or a thief's browser.
    pub fn copy(&self) -> Self {
        Self { cookies: Mutex::new(self.cookies()), ..Self::new(self.app) }
    }

    pub fn cookies(&self) -> Vec<Kept> {
        self.cookies.lock().unwrap().clone()
    }

    /// Returns the value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().into_iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value)
    }

    /// Puts a cookie into the browser. `value` is percent-encoded.
    pub fn set_cookie(&self, name: &str, path: &str, value: &str) {
        let kept = Kept { name: name.into(), path: path.into(), value: value.into() };
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|cookie| (&cookie.name, &cookie.path) != (&kept.name, &kept.path));
        cookies.push(kept);
    }

    pub async fn get(&self, path: &str) -> Page {
        self.send(Method::Get, path, None, &[]).await
    }

    /// Sends a form of the application's own page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(Method::Post, path, Some(fields), &[("Sec-Fetch-Site", "same-origin")]).await
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Page {
        self.post("/accounts/login/", &[("username", name), ("password", password)]).await
    }

    /// Requests `path` and returns the body. Panics if the status is not 200.
    pub async fn visit(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, Status::Ok, "{path}: {}", page.body);
        page.body
    }

    /// Returns whether the cookies of this browser open a signed-in session.
    pub async fn is_signed_in(&self) -> bool {
        self.get("/me").await.status == Status::Ok
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        form: Option<&[(&str, &str)]>,
        headers: &[(&'static str, &str)],
    ) -> Page {
        let mut request = self.app.client.req(method, path.to_owned()).remote(self.address);
        request.add_header(Header::new("User-Agent", self.user_agent.clone()));
        self.headers.iter().for_each(|(name, value)| request.add_header(Header::new(*name, value.clone())));
        headers.iter().for_each(|(name, value)| request.add_header(Header::new(*name, value.to_string())));
        let sent = self.cookies().into_iter().filter(|cookie| covers(&cookie.path, path));
        for cookie in sent {
            request = request.cookies(Cookie::parse_encoded(format!("{}={}", cookie.name, cookie.value)));
        }
        if let Some(fields) = form {
            request = request.header(ContentType::Form).body(encode(fields));
        }
        let page = Page::read(request.dispatch().await).await;
        page.header("Set-Cookie").iter().for_each(|header| self.keep(header));
        page
    }

    /// Does what a `Set-Cookie` header says.
    fn keep(&self, header: &str) {
        let mut parts = header.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes: Vec<_> = parts.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
        let attribute = |name: &str| attributes.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        let path = attribute("path").map_or("/", |(_, path)| path);
        self.set_cookie(name, path, value);
        if attribute("max-age").is_some_and(|(_, seconds)| *seconds == "0") {
            self.cookies.lock().unwrap().retain(|cookie| (cookie.name.as_str(), cookie.path.as_str()) != (name, path));
        }
    }
}

/// Returns whether a browser sends a cookie of this path with a request (RFC 6265, 5.1.4).
fn covers(cookie_path: &str, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap();
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'))
}

fn encode(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| RawStr::new(text).percent_encode().to_string();
    let fields = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    fields.collect::<Vec<_>>().join("&")
}

impl Page {
    async fn read(response: LocalResponse<'_>) -> Self {
        let headers = response.headers().iter().map(|header| (header.name.to_string(), header.value.to_string()));
        let (status, headers) = (response.status(), headers.collect());
        Self { status, headers, body: response.into_string().await.unwrap_or_default(), document: OnceCell::new() }
    }

    /// Returns all values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Returns where a redirect leads.
    pub fn location(&self) -> Option<&str> {
        self.header("Location").first().copied()
    }

    /// Returns the status and where a redirect leads.
    pub fn answer(&self) -> (u16, Option<&str>) {
        (self.status.code, self.location())
    }

    /// Returns the seconds of `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        self.header("Retry-After").first().map(|seconds| seconds.parse().unwrap())
    }

    /// Returns the text of all elements that match a CSS selector, with single spaces.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let (page, selector) = (self.document(), Selector::parse(selector).unwrap());
        let text = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        page.select(&selector).map(|element| text(element.text().collect())).collect()
    }

    /// Returns an attribute of all elements that match a CSS selector.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let (page, selector) = (self.document(), Selector::parse(selector).unwrap());
        page.select(&selector).filter_map(|element| element.attr(name)).map(str::to_owned).collect()
    }

    fn document(&self) -> &Html {
        self.document.get_or_init(|| Html::parse_document(&self.body))
    }
}
