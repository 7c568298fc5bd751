use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use crate::Handle;

/// The request that an event came from.
pub struct Here<'r> {
    pub trail: &'r Trail,
    /// `GET /set/`
    pub line: String,
    /// It is the window itself.
    pub is_look: bool,
}

/// The visitor that a request's events were about, by the last name that one told.
#[derive(Default)]
pub struct Trail(Mutex<Option<Handle>>);

impl<'r> Here<'r> {
    pub fn of(request: &'r Request<'_>) -> Self {
        /// A path can be as long as its sender likes.
        const LONGEST: usize = 80;

        let path = request.uri().path();
        Self {
            trail: request.local_cache(Trail::default),
            line: format!("{} {path}", request.method()).chars().take(LONGEST).collect(),
            is_look: path.as_str().trim_matches('/') == "inspect",
        }
    }
}

impl Trail {
    pub fn handle(&self) -> Option<Handle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn leads_to(&self, handle: Handle) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r Trail {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(request.local_cache(Trail::default))
    }
}
