use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use rocket_diesel_sessions::Handle;

/// The request that caused an event.
pub struct RequestInfo<'r> {
    pub visitor: &'r CurrentVisitor,
    /// Method and path, such as `GET /set/`.
    pub line: String,
    /// The request is for `/inspect/` itself, for its events, or for a file that pages load.
    pub is_inspect: bool,
}

/// The session that the last event of a request was about. It is in the request-local cache.
#[derive(Default)]
pub struct CurrentVisitor(Mutex<Option<Handle>>);

impl<'r> RequestInfo<'r> {
    pub fn new(request: &'r Request<'_>) -> Self {
        /// The path is cut off after this many characters, because a client can send a very long one.
        const MAX_LENGTH: usize = 80;

        let path = request.uri().path();
        let page = path.as_str().trim_matches('/');
        Self {
            visitor: request.local_cache(CurrentVisitor::default),
            line: format!("{} {path}", request.method()).chars().take(MAX_LENGTH).collect(),
            is_inspect: page == "inspect" || page == "inspect/events" || page.starts_with("static/"),
        }
    }
}

impl CurrentVisitor {
    pub fn get(&self) -> Option<Handle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, handle: Handle) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r CurrentVisitor {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(request.local_cache(CurrentVisitor::default))
    }
}
