use rocket::Request;
use rocket::http::Status;
use rocket::response::{self, Responder};
use rocket_diesel_sessions::db;

/// The result type of this library's methods that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an account could not do what it was asked to do.
///
/// As a response an error is nothing but its [status](Self::status): the application's catchers render the page, and the log
/// has the cause.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session or the database failed. The status is that of the session's error; for the database it is 503.
    #[error(transparent)]
    Session(#[from] rocket_diesel_sessions::Error),
    /// Nobody is signed in: 401. A guard of this library turns the answer into a redirect to the sign-in page.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The user may not do this: 403.
    #[error("the user may not do this")]
    Forbidden,
    /// There is no such user or session: 404.
    #[error("there is no such user or session")]
    NotFound,
    /// So many passwords are being checked that this one would have to wait too long: 503.
    #[error("too many passwords are being checked at the same time")]
    Busy,
    /// The input is not allowed, with the reasons for the person who made it: 422.
    #[error("{}", .0.join(" "))]
    Refused(Vec<String>),
}

impl Error {
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(vec![reason.into()])
    }

    /// Returns the status that a request which meets this error is answered with.
    pub fn status(&self) -> Status {
        match self {
            Self::Session(error) => error.status(),
            Self::NotSignedIn => Status::Unauthorized,
            Self::Forbidden => Status::Forbidden,
            Self::NotFound => Status::NotFound,
            Self::Busy => Status::ServiceUnavailable,
            Self::Refused(_) => Status::UnprocessableEntity,
        }
    }

    /// Writes the error into the log, if an operator should know it. An error of the session is also kept for
    /// [`rocket_diesel_sessions::Error::of`].
    pub(crate) fn report(&self, request: &Request<'_>) {
        match self {
            Self::Session(error) => error.report(request),
            Self::Busy => rocket::warn!("accounts: {self}"),
            Self::NotSignedIn | Self::Forbidden | Self::NotFound | Self::Refused(_) => {}
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Self::Session(error.into())
    }
}

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.report(request);
        Err(self.status())
    }
}
