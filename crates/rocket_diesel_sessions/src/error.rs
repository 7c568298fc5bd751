use std::error::Error as StdError;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};

use crate::db;
use crate::error_text::error_chain;

/// The result type of every method of this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a session could not do what it was asked to do.
///
/// A missing value is not an error: [`Session::get`](crate::Session::get) returns `None` for it. An error means that a
/// program or a system is at fault, or that another request was faster.
///
/// As a response an error is nothing but its [status](Self::status). The application's catchers render the page, the log
/// has the cause, and the client learns nothing about it. No error contains a key or a value of the session, because logs
/// are read by more people than may read the data (OWASP ASVS 5.0, 16.2.5). It has the line of the program instead.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store is away, locked or not migrated: 503. The cause of an error of the Diesel store is a [`db::Error`].
    #[error("the session store is not available")]
    Store(#[source] Arc<dyn StdError + Send + Sync>),
    /// A value can't become JSON, or the stored value has another type than the one that was asked for: 500. Django
    /// raises `TypeError`.
    #[error("a value can't be converted between {type_name} and JSON, at {at}")]
    Value {
        /// The type that was asked for or inserted.
        type_name: &'static str,
        /// Where the program asked for the value or inserted it.
        at: &'static Location<'static>,
    },
    /// [`Session::require`](crate::Session::require) found nothing: 500. Django raises `KeyError`.
    #[error("the session has no value under the required key, at {at}")]
    MissingKey {
        /// Where the program required the value.
        at: &'static Location<'static>,
    },
    /// While this request ran, another request flushed or revoked the session or gave it a new key, or it expired: 400.
    /// The change was not saved, and the session was not brought back to life. Django raises `SessionInterrupted`.
    #[error("the session ended before the request did")]
    Interrupted,
    /// The data would be larger than the setting `max_size`, or, with the engine `"cookie"`, the cookie would be larger
    /// than 4096 bytes: 413. The session is as it was before.
    #[error("the session would be {size} bytes long, more than {max} bytes")]
    TooLarge {
        /// The size in bytes, with the refused change: of the data as JSON, or of the cookie.
        size: usize,
        /// The size that is allowed, in bytes.
        max: usize,
    },
    /// The change came after the session was committed, for example from a streamed body: 500.
    #[error("the session was changed after the response had begun")]
    Committed,
    /// The expiry lies outside the years 0 to 9999: 500.
    #[error("the expiry is out of range")]
    Expiry,
    /// A value was inserted under the key `$login`, which the library keeps for itself: 500.
    #[error("the key \"$login\" is reserved")]
    ReservedKey,
    /// [`Session::set_login_value`](crate::Session::set_login_value) without an owner: 500.
    #[error("nobody is signed in, so the login can have no values")]
    NoOwner,
    /// The store can't list or end sessions: 500. The engine `"cookie"` keeps none on the server.
    #[error("this store can't list or end sessions")]
    Unsupported,
    /// [`Session::fairing`](crate::Session::fairing) is not attached: 500. Rocket refuses to launch then, so only code
    /// that asks for a session without a route's guard sees this.
    #[error("Session::fairing() is not attached")]
    NotAttached,
}

impl Error {
    /// Wraps an error of a store. For implementations of [`Store`](crate::Store).
    pub fn store(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::Store(Arc::new(cause))
    }

    #[track_caller]
    pub(crate) fn value<T>() -> Self {
        Self::Value { type_name: std::any::type_name::<T>(), at: Location::caller() }
    }

    /// Returns the status that a request which meets this error is answered with.
    pub fn status(&self) -> Status {
        match self {
            Self::Store(_) => Status::ServiceUnavailable,
            Self::Interrupted => Status::BadRequest,
            Self::TooLarge { .. } => Status::PayloadTooLarge,
            Self::Value { .. }
            | Self::MissingKey { .. }
            | Self::Committed
            | Self::Expiry
            | Self::ReservedKey
            | Self::NoOwner
            | Self::Unsupported
            | Self::NotAttached => Status::InternalServerError,
        }
    }

    /// Returns the error and all its causes in one line, for a log. Don't show it to clients: it may say what the
    /// database is and where.
    ///
    /// ```
    /// use rocket_diesel_sessions::Error;
    ///
    /// let error = Error::store(std::io::Error::other("no route to host"));
    /// assert_eq!(error.error_chain(), "the session store is not available: no route to host");
    /// ```
    pub fn error_chain(&self) -> String {
        error_chain(self)
    }

    /// Returns the session error that this request met last, in a guard, in its handler or at the commit. For catchers.
    ///
    /// ```
    /// use rocket::{catch, http::Status, Request};
    /// use rocket_diesel_sessions::Error;
    ///
    /// #[catch(400)]
    /// fn bad_request(request: &Request<'_>) -> &'static str {
    ///     match Error::of(request) {
    ///         Some(Error::Interrupted) => "You were signed out in the meantime.",
    ///         _ => "The request was not understood.",
    ///     }
    /// }
    /// ```
    pub fn of(request: &Request<'_>) -> Option<Self> {
        LastError::of(request).0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the error into the log and keeps it for [`of`](Self::of). The guard and the responder do this by
    /// themselves. Call it in a guard of your own that meets an error and answers with its status.
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
        let text = self.error_chain();
        match self {
            Self::Interrupted => {} // its event is logged with the handle of the session
            Self::TooLarge { .. } => rocket::warn!("session: {text}"),
            _ => rocket::error!("session: {text}"),
        }
        *LastError::of(request).0.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clone());
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Self::store(error)
    }
}

/// Answers `Err(status)`, so that Rocket drops the request's cookies and asks a catcher for the page.
impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.report(request);
        Err(self.status())
    }
}

/// The last error of a request, in its request-local cache.
#[derive(Default)]
struct LastError(Mutex<Option<Error>>);

impl LastError {
    fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }
}
