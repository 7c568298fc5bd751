//! The session's cookie in a response.

use std::time::Duration;

use rocket::Response;
use rocket::http::Cookie;
use time::OffsetDateTime;

use super::attributes;
use super::engine::MAX_COOKIE_SIZE;
use crate::error::{Error, Result};

/// Returns whether the response sets the session's cookie with the attributes of `queued`. The value can't be compared,
/// because Rocket has encrypted it and keeps the key to itself.
pub(crate) fn sets(response: &Response<'_>, queued: &Cookie<'_>) -> bool {
    let attributes = (queued.max_age(), queued.path(), queued.http_only().filter(|&is| is), queued.same_site());
    cookies(response, queued.name()).any(|cookie| {
        let of_cookie = (cookie.max_age(), cookie.path(), cookie.http_only(), cookie.same_site());
        !cookie.value().is_empty() && of_cookie == attributes
    })
}

/// Returns whether the response removes the session's cookie.
pub(crate) fn removes(response: &Response<'_>, name: &str) -> bool {
    cookies(response, name).any(|cookie| cookie.value().is_empty())
}

/// Changes how long the session's cookie lives. Attributes are not encrypted, so they can be changed this late.
pub(crate) fn set_max_age(response: &mut Response<'_>, name: &str, age: Option<Duration>, now: OffsetDateTime) {
    let cookie = headers(response, name).next().and_then(|header| Cookie::parse(header.to_owned()).ok());
    let Some(mut cookie) = cookie.filter(|cookie| !attributes::has_max_age(cookie, age)) else { return };
    attributes::set_max_age(&mut cookie, age, now);
    remove_header(response, name);
    response.adjoin_raw_header("Set-Cookie", cookie.to_string());
}

/// Refuses a session's cookie that is too large for browsers. Only the engine `"cookie"` can make one, and its inserts are
/// refused earlier. This is for methods that return no error, for example a login with a long owner.
pub(crate) fn check_size(response: &Response<'_>, name: &str) -> Result<()> {
    match headers(response, name).map(|header| header.split(';').next().unwrap_or_default().len()).max() {
        Some(size) if size > MAX_COOKIE_SIZE => Err(Error::TooLarge { size, max: MAX_COOKIE_SIZE }),
        _ => Ok(()),
    }
}

/// Removes the header that sets the session's cookie from the response. Other cookies stay.
pub(crate) fn remove_header(response: &mut Response<'_>, name: &str) {
    if has(response, name) {
        let all: Vec<String> = response.headers().get("Set-Cookie").map(str::to_owned).collect();
        response.remove_header("Set-Cookie");
        for header in all.into_iter().filter(|header| !is_named(header, name)) {
            response.adjoin_raw_header("Set-Cookie", header);
        }
    }
}

/// Puts the removal cookie into the response, in place of any other cookie of its name. It is not encrypted, so it can be
/// added this late.
pub(crate) fn replace_by_removal(response: &mut Response<'_>, removal: &Cookie<'static>) {
    remove_header(response, removal.name());
    response.adjoin_header(removal);
}

/// Returns the headers that set a cookie of this name.
fn headers<'r>(response: &'r Response<'_>, name: &'r str) -> impl Iterator<Item = &'r str> {
    response.headers().get("Set-Cookie").filter(move |header| is_named(header, name))
}

/// Returns the cookies of this name that the response sets.
fn cookies<'r>(response: &'r Response<'_>, name: &'r str) -> impl Iterator<Item = Cookie<'r>> {
    headers(response, name).filter_map(|header| Cookie::parse(header).ok())
}

/// Compares names as they are: the settings allow no name that would have to be encoded.
fn is_named(header: &str, name: &str) -> bool {
    header.split('=').next().is_some_and(|found| found.trim() == name)
}

/// Returns whether the response sets a cookie of this name.
pub(crate) fn has(response: &Response<'_>, name: &str) -> bool {
    headers(response, name).next().is_some()
}
