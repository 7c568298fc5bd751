use rocket::http::Header;
use rocket::request::Request;
use rocket::response::{self, Responder};

/// A response that also makes the browser delete what it has stored for this site: its cache, and the storage of scripts.
/// For the handler of a logout (OWASP ASVS 5.0, 14.3.1).
///
/// ```
/// use rocket::{post, response::Redirect};
/// use rocket_diesel_sessions::{ClearSiteData, Session};
///
/// #[post("/logout")]
/// fn logout(session: Session<'_>) -> ClearSiteData<Redirect> {
///     session.logout();
///     ClearSiteData(Redirect::to("/"))
/// }
/// ```
///
/// It keeps cookies, because browsers would delete those of all subdomains. The session removes its own cookie. Browsers obey
/// the header over HTTPS and on loopback addresses only.
#[derive(Clone, Debug)]
pub struct ClearSiteData<R>(pub R);

impl<'r, 'o: 'r, R: Responder<'r, 'o>> Responder<'r, 'o> for ClearSiteData<R> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'o> {
        let mut response = self.0.respond_to(request)?;
        response.set_header(Header::new("Clear-Site-Data", r#""cache", "storage""#));
        Ok(response)
    }
}
