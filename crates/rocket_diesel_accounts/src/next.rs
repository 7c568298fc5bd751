//! The page to which a visitor goes after the sign-in.

use rocket::http::uri::Origin;
use rocket::http::{Method, RawStr};
use rocket::{Request, uri};

/// The page to which a sign-in leads if no other one was asked for.
pub(crate) const HOME: &str = "/accounts/sessions/";

/// Returns the sign-in page that leads back to the page of a request. What was sent with another method than GET is lost, and
/// there may be no page at its address.
pub(crate) fn sign_in_for(request: &Request<'_>) -> String {
    match request.method() {
        Method::Get | Method::Head => sign_in_then(request.uri()),
        _ => sign_in_then(&uri!("/accounts/sessions/")),
    }
}

fn sign_in_then(uri: &Origin<'_>) -> String {
    let next = RawStr::new(uri.path().as_str()).to_string();
    let next = uri.query().map_or(next.clone(), |query| format!("{next}?{query}"));
    format!("/accounts/login/?next={}", RawStr::new(&next).percent_encode())
}

/// Returns `next` if it is a path of this site. Everything else, such as another host in one of the forms that browsers
/// accept, is `None` (OWASP ASVS 5.0, 3.7.2).
///
/// Browsers take `//host` and `/\host` for another host, and drop tabs and line breaks before they look. A path has none of
/// these characters.
pub(crate) fn safe_next(next: &str) -> Option<Origin<'_>> {
    const LONGEST: usize = 2048;

    let is_path = next.starts_with('/') && !next.starts_with("//");
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !is_path || !is_plain || next.len() > LONGEST {
        return None;
    }
    Origin::parse(next).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_site_is_a_next_page() {
        for path in
            ["/", "/get/", "/a?b=c&d=%2F%2Fe", "/a//b", "/a?next=https://example.com", "/@example.com", "/..//x"]
        {
            assert_eq!(safe_next(path).map(|uri| uri.to_string()).as_deref(), Some(path));
        }
        let others = [
            "",
            "get/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "https://evil.example",
            "http:/evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\u{2028}/evil.example",
            "/\u{0}",
            "/a\\b",
            "@evil.example",
            "?next=x",
            "#x",
            "/é",
        ];
        for next in others {
            assert_eq!(safe_next(next), None, "{next:?}");
        }
        assert_eq!(safe_next(&format!("/{}", "a".repeat(3000))), None);
    }

    #[test]
    fn the_way_back_survives_the_sign_in_page() {
        let uri = Origin::parse("/cart?a=1&b=x%26y").unwrap();
        assert_eq!(sign_in_then(&uri), "/accounts/login/?next=%2Fcart%3Fa%3D1%26b%3Dx%2526y");
    }
}
