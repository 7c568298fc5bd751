use std::collections::BTreeMap;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Header;
use rocket::shield::{Hsts, Policy, Referrer};
use rocket::{Request, Response};

use crate::settings::is_teaching_profile;

/// The headers that tell browsers what a page may do, with safe defaults. Django: `SecurityMiddleware`.
///
/// ```
/// use rocket_diesel_sessions::SecurityHeaders;
///
/// let rocket = rocket::build().attach(SecurityHeaders::fairing());
/// ```
///
/// Every response gets these headers. A header that the response has already stays, except HSTS, which is replaced:
///
/// | header | default | OWASP ASVS 5.0 | Django |
/// |---|---|---|---|
/// | `Content-Security-Policy` | see [`ContentSecurityPolicy`] | 3.4.3, 3.4.6 | `SECURE_CSP` |
/// | `Referrer-Policy` | `same-origin` | 3.4.5 | `SECURE_REFERRER_POLICY` |
/// | `Cross-Origin-Opener-Policy` | `same-origin` | 3.4.8 | `SECURE_CROSS_ORIGIN_OPENER_POLICY` |
/// | `Strict-Transport-Security` | `max-age=31536000` (one year), outside of the [teaching profiles](crate::TEACHING_PROFILES) | 3.4.1 | `SECURE_HSTS_SECONDS` |
///
/// Rocket's own [`Shield`](rocket::shield::Shield) sends `X-Content-Type-Options: nosniff` (3.4.4) and `X-Frame-Options`. If
/// Rocket itself serves TLS, it also sends HSTS, in every profile but `debug`. The HSTS of this fairing replaces that.
///
/// `Referrer-Policy: no-referrer` would be stricter, but with it browsers send `Origin: null` with an application's own forms,
/// and [`CrossOrigin`](crate::CrossOrigin) may need the origin. With `same-origin` they send `Origin: null` with a form for another
/// site. If that site trusts this origin, it needs `strict-origin`.
///
/// # Changes
///
/// [`enable`](Self::enable) and [`disable`](Self::disable) take the types of Rocket's [`shield`](rocket::shield), of this
/// library, or your own:
///
/// ```
/// use rocket::shield::{Hsts, Referrer};
/// use rocket::time::Duration;
/// use rocket_diesel_sessions::{ContentSecurityPolicy, CrossOriginOpenerPolicy, SecurityHeaders};
///
/// let headers = SecurityHeaders::fairing()
///     .enable(ContentSecurityPolicy::default().directive("script-src", "'self' https://cdn.example.com"))
///     .enable(Hsts::IncludeSubDomains(Duration::days(365)))
///     .disable::<CrossOriginOpenerPolicy>();
/// let rocket = rocket::build().attach(headers);
/// ```
#[derive(Clone, Debug)]
pub struct SecurityHeaders(BTreeMap<&'static str, Header<'static>>);

impl SecurityHeaders {
    /// Returns the fairing with its defaults.
    pub fn fairing() -> Self {
        Self(BTreeMap::new())
            .enable(ContentSecurityPolicy::default())
            .enable(Referrer::SameOrigin)
            .enable(CrossOriginOpenerPolicy::SameOrigin)
            .enable(Hsts::default())
    }

    /// Sends this header, instead of the one of the same name that was enabled before.
    pub fn enable<P: Policy>(mut self, policy: P) -> Self {
        self.0.insert(P::NAME, policy.header());
        self
    }

    /// Does not send this header. Rocket's Shield may still send one of this name.
    pub fn disable<P: Policy>(mut self) -> Self {
        self.0.remove(P::NAME);
        self
    }
}

#[rocket::async_trait]
impl Fairing for SecurityHeaders {
    fn info(&self) -> Info {
        Info { name: "Security headers", kind: Kind::Response | Kind::Singleton }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        for (name, header) in &self.0 {
            let is_wanted = match *name {
                // A browser that has seen HSTS on localhost would refuse every other server there that speaks plain HTTP.
                // Over TLS, Rocket's Shield has set its own header before.
                Hsts::NAME => !is_teaching_profile(&request.rocket().config().profile),
                _ => !response.headers().contains(name),
            };
            if is_wanted {
                response.set_header(header.clone());
            }
        }
    }
}

/// The header `Content-Security-Policy`: from where a page may load what. The default allows the application's own files and
/// nothing else:
///
/// | directive | default | |
/// |---|---|---|
/// | `default-src` | `'self'` | scripts, styles and everything that no other directive names. Without `unsafe-inline`, a script that somebody gets into a page does not run |
/// | `img-src` | `'self' data:` | style sheets often contain small images |
/// | `object-src` | `'none'` | no plugins |
/// | `base-uri` | `'none'` | nobody can redirect the relative links of a page |
/// | `form-action` | `'self'` | nobody can send a form of a page elsewhere. Some browsers, such as Chrome, also apply it to the redirect that answers a form: if a sign-in form leads to another site, name that site too |
/// | `frame-ancestors` | `'none'` | no other page can show this one in a frame and trick people into clicking in it |
///
/// The header is sent with all responses, because browsers also run scripts in SVG images and in error pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentSecurityPolicy(BTreeMap<String, String>);

impl ContentSecurityPolicy {
    /// Sets a directive, or replaces it.
    ///
    /// ```
    /// use rocket_diesel_sessions::ContentSecurityPolicy;
    ///
    /// let policy = ContentSecurityPolicy::default().directive("frame-ancestors", "'self'");
    /// ```
    pub fn directive(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl Default for ContentSecurityPolicy {
    fn default() -> Self {
        Self(BTreeMap::new())
            .directive("default-src", "'self'")
            .directive("img-src", "'self' data:")
            .directive("object-src", "'none'")
            .directive("base-uri", "'none'")
            .directive("form-action", "'self'")
            .directive("frame-ancestors", "'none'")
    }
}

impl Policy for ContentSecurityPolicy {
    const NAME: &'static str = "Content-Security-Policy";

    fn header(&self) -> Header<'static> {
        let directives: Vec<String> = self.0.iter().map(|(name, value)| format!("{name} {value}")).collect();
        Header::new(Self::NAME, directives.join("; "))
    }
}

/// The header `Cross-Origin-Opener-Policy`: whether pages of other sites that open this one, or that it opens, can reach into
/// its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossOriginOpenerPolicy {
    /// Only the application's own pages can.
    #[default]
    SameOrigin,
    /// Windows that the page opens can too, for example those of a payment service.
    SameOriginAllowPopups,
}

impl Policy for CrossOriginOpenerPolicy {
    const NAME: &'static str = "Cross-Origin-Opener-Policy";

    fn header(&self) -> Header<'static> {
        Header::new(
            Self::NAME,
            match self {
                Self::SameOrigin => "same-origin",
                Self::SameOriginAllowPopups => "same-origin-allow-popups",
            },
        )
    }
}
