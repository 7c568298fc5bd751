//! The session's cookie, as far as it may be shown: never its whole value.

use std::time::Duration;

use rocket::Response;
use rocket::http::CookieJar;
use serde::Serialize;

use super::duration_in_words::duration_in_words;

/// The cookie that the browser sent.
#[derive(Serialize)]
pub struct SentCookie {
    /// The first characters of the value.
    start: String,
    length: usize,
}

impl SentCookie {
    pub fn in_jar(jar: &CookieJar<'_>, name: &str) -> Option<Self> {
        // Encoded again, as the browser sent it: the jar has decoded it.
        let wire = jar.get(name)?.stripped().encoded().to_string();
        let (_, value) = wire.split_once('=')?;
        Some(Self { start: value.chars().take(8).collect(), length: value.len() })
    }
}

/// An attribute of the cookie, and what it means.
#[derive(Clone, Serialize)]
pub struct Attribute {
    name: String,
    value: Option<String>,
    meaning: String,
}

/// Returns the attributes of the session's cookie, if the response sets it.
pub fn attributes(response: &Response<'_>, name: &str) -> Option<Vec<Attribute>> {
    let headers = response.headers().get("Set-Cookie");
    let header = headers.filter(|header| header.split('=').next() == Some(name)).last()?;
    let mut attributes: Vec<Attribute> = header.split("; ").skip(1).map(Attribute::read).collect();
    if !attributes.iter().any(|attribute| attribute.name == "Max-Age") {
        let meaning = "The browser deletes the cookie when it closes.".into();
        attributes.push(Attribute { name: "no Max-Age".into(), value: None, meaning });
    }
    Some(attributes)
}

impl Attribute {
    fn read(attribute: &str) -> Self {
        let (name, value) = match attribute.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (attribute, None),
        };
        let meaning = meaning(name, value.unwrap_or_default());
        Self { name: name.to_owned(), value: value.map(str::to_owned), meaning }
    }
}

fn meaning(name: &str, value: &str) -> String {
    match (name, value) {
        ("Max-Age", "0") => "The browser deletes the cookie at once.".into(),
        ("Max-Age", seconds) => {
            let age = seconds.parse().map(Duration::from_secs).unwrap_or_default();
            format!("The browser deletes the cookie after this many seconds ({}).", duration_in_words(age))
        }
        ("Expires", _) => "The same as a date, for old browsers.".into(),
        ("HttpOnly", _) => "No script can read the cookie.".into(),
        ("Secure", _) => "The browser sends the cookie over HTTPS only.".into(),
        ("SameSite", "Lax") => "Links on other sites send the cookie. Their forms and scripts don't.".into(),
        ("SameSite", "Strict") => "A request that begins on another site does not send the cookie.".into(),
        ("SameSite", _) => "Requests from other sites send the cookie too.".into(),
        ("Path", "/") => "The browser sends the cookie with every request to this host.".into(),
        ("Path", _) => "The browser sends the cookie with requests below this path.".into(),
        ("Domain", _) => "The subdomains of this host get the cookie too.".into(),
        _ => String::new(),
    }
}
