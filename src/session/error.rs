use std::error::Error as StdError;
use std::sync::Arc;

use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};

use super::scope::Scope;
use crate::db;

/// What every fallible method of this library returns.
///
/// ```
/// use rocket_diesel_sessions::{Result, Session};
///
/// fn visits(session: Session<'_>) -> Result<u32> {
///     Ok(session.get("visits")?.unwrap_or(0))
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a session could not do what was asked of it.
///
/// Absence is no error: [`Session::get`](crate::Session::get) answers `None`. An error means that a program or a system
/// is at fault, or another request was faster. As a response it is nothing but its [status](Self::status): the
/// application's catchers render the page, the log has the cause, and the client learns nothing of it.
///
/// ```
/// use rocket::http::Status;
/// use rocket_diesel_sessions::Error;
///
/// let error = Error::MissingKey("name".into());
/// assert_eq!(error.status(), Status::InternalServerError);
/// assert_eq!(error.to_string(), "the session has no \"name\"");
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store is away, locked or not migrated: 503. The cause of the Diesel store is a [`db::Error`].
    #[error("the session store is not available")]
    Store(#[source] Arc<dyn StdError + Send + Sync>),
    /// A value could not become JSON, or the stored one is of another type than was asked for: 500. Django:
    /// `TypeError`.
    #[error("the session's {key:?} does not fit {expected}")]
    Value {
        /// The key whose value it is.
        key: String,
        /// The type that was asked for or inserted.
        expected: &'static str,
        /// What serde says. It may quote the value, so it is in no log: [`story`](Self::story) leaves it out.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// [`Session::require`](crate::Session::require) found nothing: 500. Django: `KeyError`.
    #[error("the session has no {0:?}")]
    MissingKey(String),
    /// Another request flushed, revoked or renamed the session while this one ran, or it expired: 400. The change was
    /// not saved and the session was not brought back to life. Django: `SessionInterrupted`.
    #[error("the session ended before the request did")]
    Interrupted,
    /// The data would be larger than the setting `max_size`, or with the engine `"cookie"` the cookie than 4096 bytes:
    /// 413. The session is as it was before.
    #[error("the session would be {size} bytes long, more than {max} bytes")]
    TooLarge {
        /// Bytes of the data as JSON, or of the cookie, with the refused change.
        size: usize,
        /// What is allowed.
        max: usize,
    },
    /// The change came after the session was committed, from a streamed body for example: 500.
    #[error("the session was changed after the response had begun")]
    Committed,
    /// An expiry that no calendar of four-digit years holds: 500.
    #[error("the expiry is out of range")]
    Expiry,
    /// The engine `"cookie"` has no sessions on the server to list or to end: 500.
    #[error("the engine \"cookie\" keeps no sessions on the server")]
    Unsupported,
    /// [`Session::fairing`](crate::Session::fairing) is not attached: 500. Rocket refuses to launch, so this is seen
    /// only by code that asks for a session by hand.
    #[error("Session::fairing() is not attached")]
    NotAttached,
}

impl Error {
    /// A store's own error, for implementations of [`Store`](crate::Store).
    ///
    /// ```
    /// use rocket::http::Status;
    /// use rocket_diesel_sessions::Error;
    ///
    /// let error = Error::store(std::io::Error::other("no route to host"));
    /// assert_eq!(error.status(), Status::ServiceUnavailable);
    /// ```
    pub fn store(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::Store(Arc::new(cause))
    }

    pub(crate) fn value<T>(key: &str, source: serde_json::Error) -> Self {
        Self::Value { key: key.to_owned(), expected: std::any::type_name::<T>(), source: Arc::new(source) }
    }

    /// The status with which a request ends that met this error.
    ///
    /// ```
    /// use rocket::http::Status;
    /// use rocket_diesel_sessions::Error;
    ///
    /// assert_eq!(Error::Interrupted.status(), Status::BadRequest);
    /// assert_eq!(Error::TooLarge { size: 70_000, max: 65_536 }.status(), Status::PayloadTooLarge);
    /// ```
    pub fn status(&self) -> Status {
        match self {
            Self::Store(_) => Status::ServiceUnavailable,
            Self::Interrupted => Status::BadRequest,
            Self::TooLarge { .. } => Status::PayloadTooLarge,
            Self::Value { .. }
            | Self::MissingKey(_)
            | Self::Committed
            | Self::Expiry
            | Self::Unsupported
            | Self::NotAttached => Status::InternalServerError,
        }
    }

    /// The error and its causes in one line, for a log: no keys, no values. It is not for clients: it may tell them
    /// what the database is and where.
    ///
    /// ```
    /// use rocket_diesel_sessions::Error;
    ///
    /// let error = Error::store(std::io::Error::other("no route to host"));
    /// assert_eq!(error.story(), "the session store is not available: no route to host");
    /// ```
    pub fn story(&self) -> String {
        match self {
            Self::Value { .. } => self.to_string(),
            _ => db::story(self),
        }
    }

    /// The session error that this request met last, for catchers: in guard, handler or commit.
    ///
    /// ```
    /// use rocket::{catch, http::Status, Request};
    /// use rocket_diesel_sessions::Error;
    ///
    /// #[catch(400)]
    /// fn bad_request(request: &Request<'_>) -> &'static str {
    ///     match Error::of(request) {
    ///         Some(Error::Interrupted) => "You were signed out meanwhile.",
    ///         _ => "The request was not understood.",
    ///     }
    /// }
    /// ```
    pub fn of(request: &Request<'_>) -> Option<Self> {
        Scope::of(request).failure()
    }

    /// Puts the story into the log, and keeps the error for the catchers, as [`of`](Self::of). The guard and the
    /// responder do it by themselves; this is for a guard of your own that meets an error and answers its status.
    ///
    /// ```
    /// use rocket::Request;
    /// use rocket::outcome::try_outcome;
    /// use rocket::request::{FromRequest, Outcome};
    /// use rocket_diesel_sessions::{Error, Session};
    ///
    /// struct Editor;
    ///
    /// #[rocket::async_trait]
    /// impl<'r> FromRequest<'r> for Editor {
    ///     type Error = Error;
    ///
    ///     async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
    ///         let session = try_outcome!(request.guard::<Session<'_>>().await);
    ///         match session.get::<bool>("is_editor") {
    ///             Ok(Some(true)) => Outcome::Success(Editor),
    ///             Ok(_) => Outcome::Forward(rocket::http::Status::Forbidden),
    ///             Err(error) => {
    ///                 error.report(request);
    ///                 Outcome::Error((error.status(), error))
    ///             }
    ///         }
    ///     }
    /// }
    /// ```
    pub fn report(&self, request: &Request<'_>) {
        let story = self.story();
        match self {
            Self::Interrupted => {} // it has an event of its own, with the session's handle
            Self::TooLarge { .. } => rocket::warn!("session: {story}"),
            _ => rocket::error!("session: {story}"),
        }
        Scope::of(request).fail(self.clone());
    }
}

/// Answers `Err(status)`, so that Rocket drops the request's cookies and asks the catchers for the page.
impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.report(request);
        Err(self.status())
    }
}
