use rocket::Request;
use rocket::figment::Figment;
use rocket::serde::Deserialize;

use super::exceptions::{ExemptPath, TrustedOrigin};
use crate::settings::{InvalidSetting, extract_table};

/// Which requests are refused. The fields are the table `cross_origin` of Rocket.toml.
#[derive(Debug, Default, Deserialize)]
#[serde(crate = "rocket::serde", default, deny_unknown_fields, expecting = "a table such as {trusted_origins=[]}")]
pub(crate) struct Policy {
    pub trusted_origins: Vec<TrustedOrigin>,
    pub exempt_paths: Vec<ExemptPath>,
}

impl Policy {
    /// Reads the table. Without it, there are no exceptions.
    pub fn extract(figment: &Figment) -> Result<Self, InvalidSetting> {
        extract_table(figment, "cross_origin")
    }

    /// Returns why the request is refused: the header that says where it comes from. The method has to be an unsafe one.
    pub fn refusal(&self, request: &Request<'_>) -> Option<String> {
        let sent = |name| request.headers().get(name).filter(|value| !value.is_empty());
        let mut sites = sent("Sec-Fetch-Site").peekable();
        let reason = match sites.peek() {
            Some(_) => {
                let site = sites.find(|site| !["same-origin", "none"].contains(site))?;
                format!("the header Sec-Fetch-Site is {}", quoted(site))
            }
            None => {
                let origin = sent("Origin").find(|origin| !is_own(origin, request))?;
                let host = request.host().map_or("missing".into(), |host| quoted(&host.to_string()));
                format!("the header Origin is {}, and the header Host is {host}", quoted(origin))
            }
        };
        let is_trusted = |origin| self.trusted_origins.iter().any(|trusted| trusted.0 == origin);
        let is_exempt = self.exempt_paths.iter().any(|path| path.matches(request))
            || (sent("Origin").next().is_some() && sent("Origin").all(is_trusted));
        (!is_exempt).then_some(reason)
    }
}

/// Returns the beginning of a header's value, without control characters. A client can send a very long one.
fn quoted(value: &str) -> String {
    format!("{:?}", value.chars().take(100).collect::<String>())
}

/// Returns whether the origin has the host and the port of this server. Its scheme does not count: a proxy may speak HTTPS
/// where this server speaks HTTP.
fn is_own(origin: &str, request: &Request<'_>) -> bool {
    let Some((_, host)) = origin.split_once("://") else { return false }; // `null` is the origin of a sandboxed page
    request.host().is_some_and(|own| own.to_string().eq_ignore_ascii_case(host) && !host.is_empty())
}
