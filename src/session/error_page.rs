//! The page of a commit that failed: the application's own, as if its handler had failed.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;

use rocket::futures::FutureExt;
use rocket::http::{ContentType, Status};
use rocket::response::Response;
use rocket::{Catcher, Request};

use super::reply::is_for_some_caches;

/// Puts the page for `status` in the place of `response`, which loses all that belonged to its body, a connection
/// upgrade included. Other cookies and headers stay: they are the handler's, and it succeeded.
pub(crate) async fn replace<'r>(response: &mut Response<'r>, request: &'r Request<'_>, status: Status) {
    let page = page(request, status).await;
    let said_by_page: HashSet<String> = page.headers().iter().map(|header| folded(header.name.as_str())).collect();
    let refused = std::mem::replace(response, page);
    for header in refused.headers().iter().filter(|header| !describes_content(header.name.as_str())) {
        let name = folded(header.name.as_str());
        if name == "set-cookie" || !said_by_page.contains(&name) {
            response.adjoin_raw_header(header.name.to_string(), header.value.to_string());
        }
    }
    response.set_raw_header("Cache-Control", "no-store");
}

/// The fields that belong to a body (RFC 9110, 8), to its place, to the caches that were to keep it, or to the connection
/// that was to be upgraded.
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
    FIELDS.contains(&folded(name).as_str()) || is_for_some_caches(name)
}

/// Field names don't regard case.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The catcher's page; plain where the application has none, or where that fails too.
async fn page<'r>(request: &'r Request<'_>, status: Status) -> Response<'r> {
    if let Some(catcher) = catcher(request, status) {
        let asked = async { catcher.handler.handle(status, request).await };
        if let Ok(Ok(page)) = AssertUnwindSafe(asked).catch_unwind().await {
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

/// The catcher that Rocket's router would ask: the one with the longest base that fits; among those, one for this very
/// status before the default.
fn catcher<'r>(request: &'r Request<'_>, status: Status) -> Option<&'r Catcher> {
    request
        .rocket()
        .catchers()
        .filter(|catcher| catcher.code.is_none_or(|code| code == status.code))
        .filter(|catcher| catcher.base.path().segments().prefix_of(request.uri().path().segments()))
        .max_by_key(|catcher| (catcher.base.path().segments().len(), catcher.code.is_some()))
}
