//! What the response says about the session: its cookie, and whether a cache may keep it.

use std::time::Duration;

use rocket::Response;
use rocket::http::{Cookie, Header};
use time::OffsetDateTime;

use super::attempt::Queued;
use super::sealed::LARGEST_COOKIE;
use super::{Error, Result, cookie};

/// Whether the response carries the queued cookie: one of its name and its kind. The value can't be compared, because
/// Rocket has encrypted it and keeps the key to itself.
pub(crate) fn carries(response: &Response<'_>, name: &str, queued: &Queued) -> bool {
    let sent = |is_it: &dyn Fn(Cookie<'_>) -> bool| {
        ours(response, name).filter_map(|header| Cookie::parse(header).ok()).any(is_it)
    };
    match queued {
        Queued::Nothing => false,
        Queued::Removal => sent(&|cookie| cookie.value().is_empty()),
        Queued::Key(queued) => sent(&|cookie| {
            let attributes = (cookie.max_age(), cookie.path(), cookie.http_only(), cookie.same_site());
            let http_only = queued.http_only().filter(|&is| is);
            !cookie.value().is_empty() && attributes == (queued.max_age(), queued.path(), http_only, queued.same_site())
        }),
    }
}

/// Gives the session's cookie another lifetime. Its attributes are not encrypted, so they can be changed this late.
pub(crate) fn set_lifetime(response: &mut Response<'_>, name: &str, age: Option<Duration>, now: OffsetDateTime) {
    let cookie = ours(response, name).next().and_then(|header| Cookie::parse(header.to_owned()).ok());
    let Some(mut cookie) = cookie.filter(|cookie| !cookie::lasts(cookie, age)) else { return };
    cookie::set_lifetime(&mut cookie, age, now);
    take_out(response, name);
    response.adjoin_raw_header("Set-Cookie", cookie.to_string());
}

/// Refuses a session's cookie that no browser would take. Only the engine `"cookie"` can grow one, and its inserts are
/// refused earlier: this is for what has no other way to say so, a long owner for example.
pub(crate) fn check_size(response: &Response<'_>, name: &str) -> Result<()> {
    match ours(response, name).map(|header| header.split(';').next().unwrap_or_default().len()).max() {
        Some(size) if size > LARGEST_COOKIE => Err(Error::TooLarge { size, max: LARGEST_COOKIE }),
        _ => Ok(()),
    }
}

/// Takes the session's cookie out of the response. Other cookies stay.
pub(crate) fn take_out(response: &mut Response<'_>, name: &str) {
    if ours(response, name).next().is_some() {
        let all: Vec<String> = response.headers().get("Set-Cookie").map(str::to_owned).collect();
        response.remove_header("Set-Cookie");
        for header in all.into_iter().filter(|header| !is_named(header, name)) {
            response.adjoin_raw_header("Set-Cookie", header);
        }
    }
}

/// Puts the removal cookie into the response, in the place of any other. It needs no encryption, so it can be added
/// this late.
pub(crate) fn remove_cookie(response: &mut Response<'_>, removal: &Cookie<'static>) {
    take_out(response, removal.name());
    response.adjoin_header(removal);
}

/// The page depends on the session: a cache has to ask again for another visitor (RFC 9110, 12.5.5).
pub(crate) fn vary_by_cookie(response: &mut Response<'_>) {
    let fields: Vec<String> = directives(response, "Vary");
    if !fields.iter().any(|field| field == "*" || field == "cookie") {
        response.adjoin_header(Header::new("Vary", "Cookie"));
    }
}

/// A response with a session's cookie belongs to one visitor: a shared cache that kept it would give the session away.
pub(crate) fn not_for_caches(response: &mut Response<'_>, name: &str) {
    if ours(response, name).next().is_none() {
        return;
    }
    // What is said to one kind of cache goes before what is said to all (RFC 9213, 2.1).
    let names = response.headers().iter().map(|header| header.name.to_string());
    let targeted: Vec<String> = names.filter(|name| is_for_some_caches(name)).collect();
    targeted.iter().for_each(|name| response.remove_header(name));
    let directives = directives(response, "Cache-Control");
    if !directives.iter().any(|directive| directive == "no-store" || directive == "private") {
        response.set_header(Header::new("Cache-Control", "no-store"));
    }
}

/// Whether the field is for one kind of cache only: `CDN-Cache-Control` and the names that products have for it.
pub(crate) fn is_for_some_caches(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("-cache-control") || name == "surrogate-control"
}

/// The headers that set the session's cookie, or one of its name.
fn ours<'r>(response: &'r Response<'_>, name: &'r str) -> impl Iterator<Item = &'r str> {
    response.headers().get("Set-Cookie").filter(move |header| is_named(header, name))
}

/// The settings allow no name that would have to be encoded.
fn is_named(header: &str, name: &str) -> bool {
    header.split('=').next().is_some_and(|found| found.trim() == name)
}

fn directives(response: &Response<'_>, name: &str) -> Vec<String> {
    response
        .headers()
        .get(name)
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect()
}
