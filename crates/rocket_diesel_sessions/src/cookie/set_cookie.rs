//! Cookies in a response.

use rocket::Response;
use rocket::http::Cookie;

use super::engine::MAX_COOKIE_SIZE;
use crate::error::{Error, Result};

/// Puts a cookie into the response, in place of any other cookie of its name.
pub(crate) fn set(response: &mut Response<'_>, cookie: &Cookie<'_>) {
    take(response, cookie.name());
    response.adjoin_header(cookie);
}

/// Takes the cookies of this name out of the response, and returns the value of the last one. Other cookies stay, in their
/// order.
pub(crate) fn take(response: &mut Response<'_>, name: &str) -> Option<String> {
    let value = values(response, name).last().map(str::to_owned)?;
    let all: Vec<String> = response.headers().get("Set-Cookie").map(str::to_owned).collect();
    response.remove_header("Set-Cookie");
    for header in all.into_iter().filter(|header| value_of(header, name).is_none()) {
        response.adjoin_raw_header("Set-Cookie", header);
    }
    Some(value)
}

/// Returns whether the response sets a cookie of this name.
pub(crate) fn has(response: &Response<'_>, name: &str) -> bool {
    values(response, name).next().is_some()
}

/// Refuses a cookie that is too large for browsers. Only the engine `"cookie"` can make one, and its inserts are refused
/// earlier. This is for methods that return no error, for example a login with a long owner.
pub(crate) fn check_size(cookie: &Cookie<'_>) -> Result<()> {
    match cookie.stripped().encoded().to_string().len() {
        size if size > MAX_COOKIE_SIZE => Err(Error::TooLarge { size, max: MAX_COOKIE_SIZE }),
        _ => Ok(()),
    }
}

fn values<'r>(response: &'r Response<'_>, name: &'r str) -> impl Iterator<Item = &'r str> {
    response.headers().get("Set-Cookie").filter_map(move |header| value_of(header, name))
}

/// Returns the value of a cookie in a `Set-Cookie` header, if the cookie has this name. Names are compared as they are: the
/// settings allow no name that would have to be encoded.
fn value_of<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let (found, rest) = header.split_once('=')?;
    (found.trim() == name).then(|| rest.split(';').next().unwrap_or_default())
}
