//! The attributes of the session's cookie.

use std::time::Duration;

use rocket::http::{Cookie, SameSite};
use time::OffsetDateTime;

use crate::expiry::signed;
use crate::settings::{self, Settings};

/// Returns the cookie that carries `value` for `max_age`, or until the browser closes.
pub(crate) fn session_cookie(
    value: String,
    max_age: Option<Duration>,
    settings: &Settings,
    now: OffsetDateTime,
) -> Cookie<'static> {
    let mut cookie = with_attributes(value, settings);
    if let Some(age) = max_age.map(signed) {
        cookie.set_max_age(age);
        cookie.set_expires(now.saturating_add(age)); // for clients that don't know Max-Age; Django does the same
    }
    cookie
}

/// Returns the cookie that makes the browser delete the session's cookie. Browsers compare Path and Domain, and don't let
/// an insecure cookie replace a secure one (RFC 6265bis, 5.7), so it has the same attributes.
pub(crate) fn removal_cookie(settings: &Settings) -> Cookie<'static> {
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
