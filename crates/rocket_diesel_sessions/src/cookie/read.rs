//! Reads the session's cookie from a request.

use rocket::Request;
use rocket::http::{Cookie, RawStr};

use super::secret_key::SecretKey;
use crate::settings::Settings;

/// The decrypted cookie of a request.
pub(crate) struct ReadCookie {
    pub value: String,
    /// It was encrypted with one of `secret_key_fallbacks`, so it has to be sent again.
    pub has_old_key: bool,
}

/// Decrypts the session's cookie. Returns `None` if there is no cookie, or if it was not encrypted with one of this
/// application's keys.
pub(crate) fn read(request: &Request<'_>, settings: &Settings, key: &SecretKey) -> Option<ReadCookie> {
    let sent = sent(request, &settings.cookie_name);
    let raw = match &sent[..] {
        // A browser has only one cookie of such a name. The other comes from somebody who must not set it.
        [_, _, ..] if ["__Host-", "__Secure-"].iter().any(|prefix| settings.has_name_prefix(prefix)) => return None,
        all => all.last()?,
    };
    let (cookie, has_old_key) = match key.decrypt(raw) {
        Some(cookie) => (cookie, false),
        None => (settings.secret_key_fallbacks.iter().find_map(|key| key.decrypt(raw))?, true),
    };
    Some(ReadCookie { value: cookie.value().to_owned(), has_old_key })
}

/// Returns whether the request has a cookie of the session's name, readable or not.
pub(crate) fn is_sent(request: &Request<'_>, settings: &Settings) -> bool {
    !sent(request, &settings.cookie_name).is_empty()
}

/// Returns the cookies that have exactly this name in the request.
///
/// Rocket decodes names and trims all Unicode spaces. Browsers trim only spaces and tabs. So a subdomain that must not set `__Host-id`
/// can set `%5F%5FHost-id` or `\u{2000}__Host-id`, and Rocket would take it for `__Host-id`. Such a cookie is ignored.
fn sent(request: &Request<'_>, name: &str) -> Vec<Cookie<'static>> {
    let mut is_in_header = false;
    let mut cookies = Vec::new();
    for pair in request.headers().get("Cookie").flat_map(|header| header.split(';')) {
        let Some((sent, _)) = pair.split_once('=') else { continue };
        if sent.trim_matches([' ', '\t']) == name {
            cookies.extend(Cookie::parse_encoded(pair.trim()).map(Cookie::into_owned));
        }
        is_in_header |= RawStr::new(sent.trim()).percent_decode_lossy() == name;
    }
    // Rocket's local clients set cookies without a header.
    if !is_in_header {
        cookies.extend(request.cookies().get(name).cloned());
    }
    cookies
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn only_a_name_that_needs_no_decoding_and_no_trimming_but_of_spaces_and_tabs_counts() {
        let client = Client::untracked(rocket::custom(rocket::Config::debug_default())).unwrap();
        for (header, values) in [
            ("__Host-id=1", vec!["1"]),
            ("a=%5F; __Host-id=%5F", vec!["_"]),
            ("a=b; \t__Host-id =1;", vec!["1"]),
            ("%5F%5FHost-ids=1", vec![]),
            ("%5F%5FHost-id=1", vec![]),
            ("__Host-id=1; a=b;  __Host%2did =2", vec!["1"]),
            ("__Host-id=1; \u{2000}__Host-id=2; __Host-id\u{a0}=3; \u{85}__Host-id=4; \u{3000}__Host-id=5", vec!["1"]),
            ("\u{2000}__Host-id=2", vec![]),
            ("__Host-id=1; __Host-id=2", vec!["1", "2"]),
            ("__host-id=1", vec![]),
        ] {
            let request = client.get("/").header(Header::new("Cookie", header));
            let sent = sent(request.inner(), "__Host-id");
            assert_eq!(sent.iter().map(Cookie::value).collect::<Vec<_>>(), values, "{header}");
        }
    }
}
