//! Reads the session's cookie from a request.

use rocket::Request;
use rocket::http::{Cookie, RawStr};

use super::secret_key::SecretKeys;
use crate::settings::Settings;

/// The decrypted cookie of a request.
pub(crate) struct ReadCookie {
    pub value: String,
    /// It was encrypted with one of `secret_key_fallbacks`, so it has to be sent again.
    pub has_old_key: bool,
}

/// Decrypts the session's cookie. Returns `None` if there is no cookie, or if it was not encrypted with one of this
/// application's keys.
pub(crate) fn read(request: &Request<'_>, settings: &Settings, keys: &SecretKeys) -> Option<ReadCookie> {
    let Sent { raw, count } = sent(request, &settings.cookie_name)?;
    // A browser has only one cookie of such a name. The other comes from somebody who must not set it.
    if count > 1 && ["__Host-", "__Secure-"].iter().any(|prefix| settings.has_name_prefix(prefix)) {
        return None;
    }
    let (cookie, has_old_key) = keys.decrypt(&raw)?;
    Some(ReadCookie { value: cookie.value().to_owned(), has_old_key })
}

/// Returns whether the request has a cookie of the session's name, readable or not.
pub(crate) fn is_sent(request: &Request<'_>, settings: &Settings) -> bool {
    sent(request, &settings.cookie_name).is_some()
}

/// The last cookie of a name, still encrypted, and how many there are.
struct Sent {
    raw: Cookie<'static>,
    count: usize,
}

/// Returns the cookies that have exactly this name in the request.
///
/// Rocket decodes names and trims all Unicode spaces. Browsers trim only spaces and tabs. So a subdomain that must not set
/// `__Host-id` can set `%5F%5FHost-id` or `\u{2000}__Host-id`, and Rocket would take it for `__Host-id`. Such a cookie is
/// ignored.
///
/// Only the last cookie is parsed: with HTTP/2, a small request can have millions of them.
fn sent(request: &Request<'_>, name: &str) -> Option<Sent> {
    let pairs = || request.headers().get("Cookie").flat_map(|header| header.split(';'));
    let mut named = pairs().filter(|pair| name_of(pair).trim_matches([' ', '\t']) == name);
    if let Some(first) = named.next() {
        let (count, last) = named.fold((1, first), |(count, _), pair| (count + 1, pair));
        let raw = Cookie::parse_encoded(last.trim()).ok()?.into_owned();
        return Some(Sent { raw, count });
    }
    // Rocket's local clients set cookies without a header. On a connection, Rocket has it from a name that only resolves to
    // this one.
    let raw = request.cookies().get(name)?.clone();
    let resolves = |pair: &str| RawStr::new(name_of(pair).trim()).percent_decode_lossy() == name;
    (!pairs().any(resolves)).then_some(Sent { raw, count: 1 })
}

/// Returns the name in one pair of a `Cookie` header, as it was sent. Empty if the pair has no value.
fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn only_a_name_that_needs_no_decoding_and_no_trimming_but_of_spaces_and_tabs_counts() {
        let client = Client::untracked(rocket::custom(rocket::Config::debug_default())).unwrap();
        for (header, expected) in [
            ("__Host-id=1", Some(("1", 1))),
            ("a=%5F; __Host-id=%5F", Some(("_", 1))),
            ("a=b; \t__Host-id =1;", Some(("1", 1))),
            ("%5F%5FHost-ids=1", None),
            ("%5F%5FHost-id=1", None),
            ("__Host-id=1; a=b;  __Host%2did =2", Some(("1", 1))),
            (
                "__Host-id=1; \u{2000}__Host-id=2; __Host-id\u{a0}=3; \u{85}__Host-id=4; \u{3000}__Host-id=5",
                Some(("1", 1)),
            ),
            ("\u{2000}__Host-id=2", None),
            ("__Host-id=1; __Host-id=2", Some(("2", 2))),
            ("__host-id=1", None),
        ] {
            let request = client.get("/").header(Header::new("Cookie", header));
            let sent = sent(request.inner(), "__Host-id");
            assert_eq!(sent.as_ref().map(|sent| (sent.raw.value(), sent.count)), expected, "{header}");
        }
    }
}
