use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::request::{self, OpenSession, Services, State};

/// The visitor's session: a request guard with the methods of Django's `request.session`.
///
/// Ask for it in a handler, and read and write it like a map. Nothing is written while the handler runs. If the handler
/// succeeds, all changes are committed in one transaction before the first byte of the response is sent. If it fails, or
/// answers with a status of 500 or more, nothing has happened, except that a [`flush`](Self::flush) stays. All guards of
/// one request share one session.
///
/// ```
/// use rocket::get;
/// use rocket_diesel_sessions::{Result, Session};
///
/// #[get("/visits")]
/// fn visits(session: Session<'_>) -> Result<String> {
///     let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
///     session.insert("visits", visits)?;
///     Ok(format!("You were here {visits} times."))
/// }
/// ```
///
/// A guard or a handler that *forwards* has not failed: its changes are kept if another route answers.
///
/// The guard itself fails only with [`Error::Store`] (503), if the store is away. A visitor without a cookie, or with a
/// cookie that opens nothing, has an empty session.
#[derive(Clone, Copy)]
pub struct Session<'r>(OpenSession<'r>);

impl Session<'_> {
    /// Removes all values and the session's own expiry. The key, the row, the cookie and the [owner](Self::owner) stay. If
    /// the owner had signed in until the browser closes, the settings now say how long they stay signed in. To sign
    /// somebody out, call [`logout`](Self::logout).
    pub fn clear(&self) {
        self.edit_or_log("clear", State::clear);
    }

    /// Ends the session: its values, its row and its cookie are deleted. A later insert begins a new session.
    ///
    /// The row is deleted even if the handler fails later: a person who asked to be signed out is signed out. If another
    /// request gives the session a new key in the meantime, it ends under that key. Once the response has begun, for
    /// example in a streamed body, this method only writes an error into the log, like all methods that return no error.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.flush();
    /// assert!(session.is_empty() && session.handle().is_none());
    /// # Ok(()) });
    /// ```
    pub fn flush(&self) {
        self.edit_or_log("flush", State::flush);
    }

    /// Gives the session a new key and keeps its values, in one transaction, so there is no moment without the session. The
    /// old key opens nothing from then on (OWASP ASVS 5.0, 7.2.4, against session fixation). Does nothing for a visitor
    /// without a session.
    pub fn cycle_key(&self) {
        self.edit_or_log("cycle_key", State::cycle_key);
    }

    /// Returns the public name of the session: the SHA-256 of its key, as in the column `session_key`. `None` for a visitor
    /// without a session, before the first change.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// assert_eq!(session.handle(), None);
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.handle().unwrap().to_string().len(), 64);
    /// # Ok(()) });
    /// ```
    #[doc(alias = "session_key")]
    pub fn handle(&self) -> Option<Handle> {
        self.read(State::handle)
    }

    /// Returns whether this request has changed the session.
    #[doc(alias = "modified")]
    pub fn is_modified(&self) -> bool {
        self.read(State::is_modified)
    }

    /// Returns all handles that the session has before and after the commit. For [`Sessions`](crate::Sessions).
    pub(crate) fn handles(&self) -> Vec<Handle> {
        self.read(State::handles)
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        self.0.read(read)
    }

    pub(super) fn edit<T>(&self, edit: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        self.0.edit(edit)
    }

    /// For the methods that return no error. They can fail only if the response has begun.
    pub(super) fn edit_or_log<T: Default>(&self, method: &str, edit: impl FnOnce(&mut State) -> T) -> T {
        self.edit(|state| Ok(edit(state))).unwrap_or_else(|error| {
            rocket::error!("session: {method} did nothing: {error}");
            T::default()
        })
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Session<'r> {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match request::open(request).await {
            Ok(session) => Outcome::Success(Self(session)),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

/// Refuses to launch an application that uses the guard without its fairing.
impl Sentinel for Session<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let is_missing = rocket.state::<Services>().is_none();
        if is_missing {
            rocket::error!("a route asks for a Session: attach Session::fairing()");
        }
        is_missing
    }
}
