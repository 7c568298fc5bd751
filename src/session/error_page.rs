//! The page of a commit that failed: the application's own, as if its handler had failed.

use std::panic::AssertUnwindSafe;

use rocket::futures::FutureExt;
use rocket::http::{ContentType, Status};
use rocket::response::Response;
use rocket::{Catcher, Request};

/// Replaces status, body and content headers of `response` by those of the page for `status`. Other cookies and
/// headers stay: they are the handler's, and it succeeded.
pub(crate) async fn replace<'r>(response: &mut Response<'r>, request: &'r Request<'_>, status: Status) {
    let mut page = page(request, status).await;
    let names: Vec<String> = response.headers().iter().map(|header| header.name.to_string()).collect();
    for name in names.iter().filter(|name| describes_content(name)) {
        response.remove_header(name);
    }
    response.set_status(page.status());
    for header in page.headers().iter().filter(|header| describes_content(header.name.as_str())) {
        response.set_header(rocket::http::Header::new(header.name.to_string(), header.value.to_string()));
    }
    response.set_raw_header("Cache-Control", "no-store");
    *response.body_mut() = std::mem::take(page.body_mut());
}

/// The fields that belong to a body (RFC 9110, 8), and those that say where it is and how long it is good.
fn describes_content(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("content-")
        || ["transfer-encoding", "etag", "last-modified", "accept-ranges", "expires", "location"].contains(&&*name)
}

/// The catcher's page; plain where the application has none, or where that fails too.
async fn page<'r>(request: &'r Request<'_>, status: Status) -> Response<'r> {
    if let Some(catcher) = catcher(request, status) {
        let page = AssertUnwindSafe(catcher.handler.handle(status, request)).catch_unwind().await;
        if let Ok(Ok(page)) = page {
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
