//! The response to a request whose commit failed: the application's error page, as if the handler had failed.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;

use rocket::futures::FutureExt;
use rocket::http::{ContentType, Status};
use rocket::response::Response;
use rocket::{Catcher, Request};

use crate::cookie::is_targeted_cache_control;

/// Replaces `response` by the page for `status`. Everything that belongs to the old body is removed, a connection upgrade
/// included. Other cookies and headers stay: they come from the handler, and it succeeded.
pub(crate) async fn replace<'r>(response: &mut Response<'r>, request: &'r Request<'_>, status: Status) {
    let page = page(request, status).await;
    let set_by_page: HashSet<String> = page.headers().iter().map(|header| lowercase(header.name.as_str())).collect();
    let replaced = std::mem::replace(response, page);
    for header in replaced.headers().iter().filter(|header| !describes_content(header.name.as_str())) {
        let name = lowercase(header.name.as_str());
        if name == "set-cookie" || !set_by_page.contains(&name) {
            response.adjoin_raw_header(header.name.to_string(), header.value.to_string());
        }
    }
    response.set_raw_header("Cache-Control", "no-store");
}

/// Returns whether the field belongs to a body (RFC 9110, 8), to its location, to a cache, or to a connection upgrade.
fn describes_content(name: &str) -> bool {
    const FIELDS: [&str; 15] = [
        "content-type",
        "content-length",
        "content-encoding",
        "content-language",
        "content-location",
        "content-range",
        "content-disposition",
        "transfer-encoding",
        "etag",
        "last-modified",
        "accept-ranges",
        "expires",
        "location",
        "connection",
        "upgrade",
    ];
    FIELDS.contains(&lowercase(name).as_str()) || is_targeted_cache_control(name)
}

/// Field names are case-insensitive.
fn lowercase(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Returns the page of a catcher, or a plain one if the application has no catcher or its catcher fails.
async fn page<'r>(request: &'r Request<'_>, status: Status) -> Response<'r> {
    if let Some(catcher) = catcher(request, status) {
        let handled = async { catcher.handler.handle(status, request).await };
        if let Ok(Ok(page)) = AssertUnwindSafe(handled).catch_unwind().await {
            return page;
        }
        rocket::error!("session: the catcher for {status} failed");
    }
    let text = status.to_string();
    Response::build()
        .status(status)
        .header(ContentType::Plain)
        .sized_body(text.len(), std::io::Cursor::new(text))
        .finalize()
}

/// Returns the catcher that Rocket's router would choose: the one with the longest base that fits, and among those, one
/// for this status before a default one.
fn catcher<'r>(request: &'r Request<'_>, status: Status) -> Option<&'r Catcher> {
    request
        .rocket()
        .catchers()
        .filter(|catcher| catcher.code.is_none_or(|code| code == status.code))
        .filter(|catcher| catcher.base.path().segments().prefix_of(request.uri().path().segments()))
        .max_by_key(|catcher| (catcher.base.path().segments().len(), catcher.code.is_some()))
}
