//! What all lists share.

use rocket::http::RawStr;

/// How many rows a page shows. Django's `list_per_page` is the same.
pub(super) const PAGE_SIZE: usize = 100;

/// Returns the address of a page with these query parameters, without the empty ones.
pub(super) fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let encode = |value: &str| RawStr::new(value).percent_encode().to_string();
    let set = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = set.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", query.join("&")),
    }
}
