use rocket::Request;
use rocket::http::Method;
use rocket::http::uri::Absolute;
use rocket::serde::Deserialize;

/// An origin in the form of the header `Origin`.
#[derive(Debug, Deserialize)]
#[serde(crate = "rocket::serde", try_from = "String")]
pub(crate) struct TrustedOrigin(pub String);

impl TrustedOrigin {
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }
}

impl TryFrom<String> for TrustedOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.to_ascii_lowercase(); // as browsers write it
        let default_port = match text.split_once("://") {
            Some(("https", _)) => ":443",
            Some(("http", _)) => ":80",
            _ => "://", // browsers know no port for other schemes
        };
        let is_origin = Absolute::parse(&text).is_ok_and(|uri| {
            let is_host = |authority: &rocket::http::uri::Authority<'_>| {
                !authority.host().is_empty() && authority.user_info().is_none()
            };
            uri.authority().is_some_and(is_host) && uri.path().is_empty() && uri.query().is_none()
        });
        match is_origin && !text.ends_with(default_port) && !text.contains('*') {
            true => Ok(Self(text)),
            false => Err(format!(
                "{text:?} is not an origin: allowed is a scheme and a host, such as \"https://app.example.com\", with a port \
                 if it is not the scheme's own, without a path and without *"
            )),
        }
    }
}

/// A path in the form of a route, with or without a method.
#[derive(Debug, Deserialize)]
#[serde(crate = "rocket::serde", try_from = "String")]
pub(crate) struct ExemptPath {
    method: Option<Method>,
    /// `None` stands for any segment.
    segments: Vec<Option<String>>,
    /// More segments may follow.
    is_prefix: bool,
}

impl ExemptPath {
    /// Returns whether a route with this path would get the request.
    pub fn matches(&self, request: &Request<'_>) -> bool {
        let path = request.uri().path().segments();
        let count = if self.is_prefix { path.len().min(self.segments.len()) } else { path.len() };
        self.method.is_none_or(|method| method == request.method())
            && count == self.segments.len()
            && self.segments.iter().zip(path).all(|(own, sent)| own.as_deref().is_none_or(|own| own == sent))
    }

    /// Returns whether every path of the application is exempt.
    pub fn is_everything(&self) -> bool {
        self.is_prefix && self.segments.iter().all(Option::is_none)
    }
}

impl TryFrom<String> for ExemptPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refused = || {
            format!(
                "{text:?} is not a path: allowed is a path as in a route, such as \"/hooks/<..>\" or \"POST /hooks/<name>\""
            )
        };
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) => (Some(method.parse::<Method>().map_err(|_| refused())?), path),
            None => (None, text.as_str()),
        };
        if matches!(method, Some(Method::Get | Method::Head | Method::Options)) {
            return Err(format!("{text:?} is not needed: requests with this method always pass"));
        }
        let path = path.strip_prefix('/').ok_or_else(refused)?;
        let (path, is_prefix) = match path.rsplit_once('<') {
            Some((start, name)) if name.ends_with("..>") && (start.is_empty() || start.ends_with('/')) => (start, true),
            _ => (path, false),
        };
        let segments = path.split('/').filter(|segment| !segment.is_empty()).map(|segment| {
            let is_any = segment.starts_with('<') && segment.ends_with('>') && !segment.contains("..");
            match segment.contains(|c: char| "<>?#% ".contains(c) || c.is_control()) {
                true if is_any => Ok(None),
                true => Err(refused()),
                false => Ok(Some(segment.to_owned())),
            }
        });
        Ok(Self { method, segments: segments.collect::<Result<_, _>>()?, is_prefix })
    }
}
