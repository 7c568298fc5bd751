//! What the response says to caches.

use rocket::Response;
use rocket::http::Header;

/// Adds `Vary: Cookie`, because the page depends on the session. A cache has to ask again for another visitor (RFC 9110,
/// 12.5.5).
pub(crate) fn vary_by_cookie(response: &mut Response<'_>) {
    let fields = directives(response, "Vary");
    if !fields.iter().any(|field| field == "*" || field == "cookie") {
        response.adjoin_header(Header::new("Vary", "Cookie"));
    }
}

/// Keeps a response that sets the session's cookie out of shared caches: a cache that kept it would give the session to
/// other visitors.
pub(crate) fn forbid_storing(response: &mut Response<'_>) {
    // A field for one kind of cache overrides `Cache-Control` (RFC 9213, 2.1).
    let names = response.headers().iter().map(|header| header.name.to_string());
    let targeted: Vec<String> = names.filter(|name| is_targeted_cache_control(name)).collect();
    targeted.iter().for_each(|name| response.remove_header(name));
    let directives = directives(response, "Cache-Control");
    if !directives.iter().any(|directive| directive == "no-store" || directive == "private") {
        response.set_header(Header::new("Cache-Control", "no-store"));
    }
}

/// Keeps a page for somebody who is signed in out of shared caches, unless the handler has said something (OWASP ASVS 5.0,
/// 14.3.2).
pub(crate) fn forbid_sharing(response: &mut Response<'_>) {
    if !response.headers().contains("Cache-Control") {
        response.set_header(Header::new("Cache-Control", "private"));
    }
}

/// Returns whether the field is for one kind of cache only: `CDN-Cache-Control`, and the names that products use for it.
pub(crate) fn is_targeted_cache_control(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("-cache-control") || name == "surrogate-control"
}

fn directives(response: &Response<'_>, name: &str) -> Vec<String> {
    response
        .headers()
        .get(name)
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect()
}
