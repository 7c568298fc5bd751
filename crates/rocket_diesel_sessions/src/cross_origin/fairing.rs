use std::sync::{Arc, OnceLock};

use rocket::fairing::{AdHoc, Fairing};
use rocket::http::{Method, Status};
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, Phase, Request, Rocket};

use super::policy::Policy;

/// Protects an application against cross-site request forgery: refuses the requests by which other sites act in a visitor's
/// name. Django: `CsrfViewMiddleware`.
///
/// ```
/// use rocket_diesel_sessions::CrossOrigin;
///
/// let rocket = rocket::build().attach(CrossOrigin::fairing());
/// ```
///
/// Browsers say where a request comes from, so no form needs a secret token. This works for every application. It needs no
/// session and no template.
///
/// | the request | |
/// |---|---|
/// | GET, HEAD or OPTIONS | passes. So a GET must change nothing |
/// | `Sec-Fetch-Site: same-origin` or `none` | passes: it comes from the application's own pages, or from a bookmark |
/// | any other `Sec-Fetch-Site` | is refused |
/// | no `Sec-Fetch-Site`, and an `Origin` whose host is that of the header `Host` | passes: an older browser |
/// | no `Sec-Fetch-Site`, and any other `Origin` | is refused |
/// | neither header | passes: `curl`, another program, or a browser from before 2020 |
///
/// A refused request reaches no handler, and its body is not read. Request fairings run before. The application's own catchers
/// answer it with 403.
/// [`CrossOrigin::refusal`] tells a catcher which header was the reason, and the log has it too.
///
/// These are the rules of `CrossOriginProtection` in Go 1.25 (OWASP ASVS 5.0, 3.5.1 and 3.5.3; OWASP's cheat sheet accepts them
/// too). The method is the one that routes see, after Rocket has applied the form field `_method`.
///
/// # Settings
///
/// Exceptions stand in Rocket.toml. An unknown name, or a value that is not allowed, stops the launch.
///
/// ```toml
/// [default.cross_origin]
/// trusted_origins = ["https://app.example.com"]  # pages of these may send anything. Django: CSRF_TRUSTED_ORIGINS
/// exempt_paths = ["POST /hooks/<..>"]            # anyone may send to these. Django: csrf_exempt
/// ```
///
/// A trusted origin is a scheme and a host, with a port if it is not the scheme's own, as browsers write it. An exempt path is
/// written as in a route: it can begin with a method, `<name>` stands for one segment, and `<name..>` at the end for any number
/// of them. It exempts the requests that a route with this path would get.
///
/// # Limits
///
/// - If a proxy changes the header `Host`, requests without `Sec-Fetch-Site` are refused: those of browsers from before 2023.
///   Configure the proxy to pass `Host` on, or name your own origin in `trusted_origins`.
/// - If the pages of a trusted origin have the `Referrer-Policy` `same-origin` or `no-referrer`, browsers send `Origin: null` with
///   their forms, and the forms are refused. Those pages need `strict-origin`.
/// - A WebSocket begins with a GET, so it passes. Check `Origin` in its handler.
/// - Browsers send `Sec-Fetch-Site` over HTTPS and to loopback addresses only. Over plain HTTP, `Origin` decides.
/// - A page of `http://example.com` passes for one of `https://example.com` where `Origin` decides. HSTS prevents that
///   ([`SecurityHeaders`](crate::SecurityHeaders)).
#[derive(Debug)]
pub struct CrossOrigin;

/// In the list of routes at launch.
const NAME: &str = "CrossOrigin";

impl CrossOrigin {
    /// Returns the fairing. It has an effect once, also if a library attaches it too.
    pub fn fairing() -> impl Fairing {
        AdHoc::try_on_ignite(NAME, |rocket| async {
            if Self::is_attached(&rocket) {
                return Ok(rocket);
            }
            match Policy::extract(rocket.figment()) {
                Ok(policy) => {
                    let routes = routes(&Check(Arc::new(policy)));
                    Ok(rocket.mount("/", routes))
                }
                Err(error) => {
                    rocket::error!("cross-origin: {error}");
                    Err(rocket)
                }
            }
        })
    }

    /// Returns why the request was refused, for a catcher. Don't show it to strangers in production: the log has it.
    ///
    /// ```
    /// use rocket::{Request, catch};
    /// use rocket_diesel_sessions::CrossOrigin;
    ///
    /// #[catch(403)]
    /// fn forbidden(request: &Request<'_>) -> &'static str {
    ///     match CrossOrigin::refusal(request) {
    ///         Some(_) => "This came from another site. Open our own page and try again.",
    ///         None => "You may not do that.",
    ///     }
    /// }
    /// ```
    pub fn refusal<'r>(request: &'r Request<'_>) -> Option<&'r str> {
        request.local_cache(Refusal::default).0.get().map(String::as_str)
    }

    /// Returns whether the fairing is attached and has ignited.
    pub(crate) fn is_attached<P: Phase>(rocket: &Rocket<P>) -> bool {
        rocket.routes().any(|route| route.name.as_deref() == Some(NAME))
    }
}

/// Why a request was refused, in its request-local cache.
#[derive(Default)]
struct Refusal(OnceLock<String>);

/// Answers before all other routes, because a request fairing can't answer. And after all request fairings, so that it sees
/// what the routes see.
#[derive(Clone)]
struct Check(Arc<Policy>);

fn routes(check: &Check) -> Vec<Route> {
    use Method::{Connect, Delete, Patch, Post, Put, Trace};
    let unsafe_methods = [Connect, Delete, Patch, Post, Put, Trace];
    let route = |method| {
        let mut route = Route::ranked(isize::MIN, method, "/<..>", check.clone());
        route.name = Some(NAME.into());
        route
    };
    unsafe_methods.map(route).into()
}

#[rocket::async_trait]
impl Handler for Check {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match self.0.refusal(request) {
            None => Outcome::forward(data, Status::NotFound), // what Rocket answers if no other route matches
            Some(reason) => {
                rocket::warn!("cross-origin request refused: {reason}");
                let _ = request.local_cache(Refusal::default).0.set(reason); // the only place that sets it
                Outcome::error(Status::Forbidden)
            }
        }
    }
}
