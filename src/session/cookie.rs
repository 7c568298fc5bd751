//! The cookie that carries the key, with its attributes.

use std::time::Duration;

use rocket::Request;
use rocket::http::{Cookie, RawStr, SameSite};
use time::OffsetDateTime;

use super::expiry::signed;
use super::settings::{self, Settings};

/// The cookie that gives `value`, the key, to the visitor for `max_age`, or until the browser closes.
///
/// Every attribute is said, because Rocket's defaults for private cookies are others: SameSite=Strict, and Expires in a
/// week, even beside a Max-Age.
pub(crate) fn carrying(
    value: String,
    max_age: Option<Duration>,
    settings: &Settings,
    now: OffsetDateTime,
) -> Cookie<'static> {
    let mut cookie = with_attributes(value, settings);
    set_lifetime(&mut cookie, max_age, now);
    cookie
}

/// Whether one of the request's cookies has the name only when it is decoded. Rocket decodes names; a browser takes them as
/// they are. So `%5F%5FHost-id` comes from a subdomain that may not set `__Host-id`, and Rocket gives it that name.
pub(crate) fn is_disguised(request: &Request<'_>, name: &str) -> bool {
    let pairs = request.headers().get("Cookie").flat_map(|header| header.split(';'));
    let mut names = pairs.filter_map(|pair| Some(pair.split_once('=')?.0.trim()));
    names.any(|sent| sent.contains('%') && RawStr::new(sent).percent_decode().is_ok_and(|decoded| decoded == name))
}

/// Whether a cookie is good for so long already.
pub(crate) fn lasts(cookie: &Cookie<'_>, max_age: Option<Duration>) -> bool {
    cookie.max_age() == max_age.map(signed)
}

/// Good for `max_age` from `now` on, or until the browser closes.
pub(crate) fn set_lifetime(cookie: &mut Cookie<'_>, max_age: Option<Duration>, now: OffsetDateTime) {
    match max_age.map(signed) {
        Some(age) => {
            cookie.set_max_age(age);
            cookie.set_expires(now.saturating_add(age)); // as Django does, for clients that know no Max-Age
        }
        None => {
            cookie.set_max_age(None);
            cookie.set_expires(None);
        }
    }
}

/// The cookie that takes the key from the visitor. Browsers compare Path and Domain, and refuse to let an insecure
/// cookie replace a secure one (RFC 6265bis, 5.7), so it has the same attributes.
pub(crate) fn removal(settings: &Settings) -> Cookie<'static> {
    let mut cookie = with_attributes(String::new(), settings);
    cookie.make_removal();
    cookie
}

fn with_attributes(value: String, settings: &Settings) -> Cookie<'static> {
    let mut cookie = Cookie::new(settings.cookie_name.clone(), value);
    cookie.set_path(settings.cookie_path.clone());
    if let Some(domain) = &settings.cookie_domain {
        cookie.set_domain(domain.clone());
    }
    cookie.set_http_only(settings.cookie_httponly);
    cookie.set_same_site(match settings.cookie_samesite {
        settings::SameSite::Strict => SameSite::Strict,
        settings::SameSite::Lax => SameSite::Lax,
        settings::SameSite::None => SameSite::None,
    });
    if settings.cookie_secure {
        cookie.set_secure(true);
    }
    cookie
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn a_name_that_has_to_be_decoded_is_a_disguise() {
        let client = Client::untracked(rocket::custom(rocket::Config::debug_default())).unwrap();
        for (sent, disguised) in [
            ("__Host-id=1", false),
            ("a=%5F; __Host-id=%5F", false),
            ("%5F%5FHost-ids=1", false),
            ("%5F%5FHost-id=1", true),
            ("__Host-id=1; a=b;  __Host%2did =1", true),
        ] {
            let request = client.get("/").header(Header::new("Cookie", sent));
            assert_eq!(is_disguised(request.inner(), "__Host-id"), disguised, "{sent}");
        }
    }
}
