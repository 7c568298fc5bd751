//! Reads the session's cookie from a request.

use rocket::Request;
use rocket::http::{Cookie, RawStr};

use crate::settings::Settings;

/// The decrypted cookie of a request.
pub(crate) struct ReadCookie {
    pub value: String,
    /// It was encrypted with one of `secret_key_fallbacks`, so it has to be sent again.
    pub has_old_key: bool,
}

/// Decrypts the session's cookie. Returns `None` if there is no cookie, or if it was not encrypted with one of this
/// application's keys.
pub(crate) fn read(request: &Request<'_>, settings: &Settings) -> Option<ReadCookie> {
    let name = &settings.cookie_name;
    let raw = request.cookies().get(name).filter(|_| !is_disguised(request, name))?;
    match request.cookies().get_private(name) {
        Some(cookie) => Some(ReadCookie { value: cookie.value().to_owned(), has_old_key: false }),
        None => {
            let cookie: Cookie<'_> = settings.secret_key_fallbacks.iter().find_map(|key| key.decrypt(raw))?;
            Some(ReadCookie { value: cookie.value().to_owned(), has_old_key: true })
        }
    }
}

/// Returns whether the request has a cookie of the session's name, readable or not.
pub(crate) fn is_sent(request: &Request<'_>, settings: &Settings) -> bool {
    request.cookies().get(&settings.cookie_name).is_some()
}

/// Returns whether a cookie of the request gets this name only when its name is decoded. Rocket decodes names, and
/// browsers don't. So a subdomain that must not set `__Host-id` can set `%5F%5FHost-id`, and Rocket would take it for
/// `__Host-id`.
fn is_disguised(request: &Request<'_>, name: &str) -> bool {
    let pairs = request.headers().get("Cookie").flat_map(|header| header.split(';'));
    let mut names = pairs.filter_map(|pair| Some(pair.split_once('=')?.0.trim()));
    names.any(|sent| sent.contains('%') && RawStr::new(sent).percent_decode().is_ok_and(|decoded| decoded == name))
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;
    use rocket::local::blocking::Client;

    use super::*;

    #[test]
    fn a_name_that_has_to_be_decoded_is_disguised() {
        let client = Client::untracked(rocket::custom(rocket::Config::debug_default())).unwrap();
        for (sent, disguised) in [
            ("__Host-id=1", false),
            ("a=%5F; __Host-id=%5F", false),
            ("%5F%5FHost-ids=1", false),
            ("%5F%5FHost-id=1", true),
            ("__Host-id=1; a=b;  __Host%2did =1", true),
        ] {
            let request = client.get("/").header(Header::new("Cookie", sent));
            assert_eq!(is_disguised(request.inner(), "__Host-id"), disguised, "{sent}");
        }
    }
}
