mod lifetime;
mod map;
mod owner;

use rocket::http::CookieJar;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::session::scope::Scope;
use crate::session::state::State;
use crate::session::{Error, Handle, Result, SessionFairing, Sessions};

/// The visitor's session: a request guard with the methods of Django's `request.session`.
///
/// Ask for it in a handler and read and write it like a map. Nothing is written while the handler runs: if it succeeds,
/// all changes are committed in one transaction before the first byte of the response is sent; if it fails, or answers
/// with a status of 500 or more, nothing has happened, except that a [`flush`](Self::flush) stands. All guards of one
/// request share one session.
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
/// A guard or a handler that *forwards* has not failed: what it changed stands, if another route then answers.
///
/// As a guard it fails with [`Error::Store`] and 503 where the store is away, and with nothing else: a visitor without
/// a cookie, or with one that opens nothing, has an empty session.
#[derive(Clone, Copy)]
pub struct Session<'r> {
    scope: &'r Scope,
    jar: &'r CookieJar<'r>,
    sessions: &'r Sessions,
}

impl<'r> Session<'r> {
    /// The fairing that makes this guard work. Attach it once, like `Template::fairing()`.
    ///
    /// ```
    /// use rocket_diesel_sessions::Session;
    ///
    /// let rocket = rocket::build().attach(Session::fairing());
    /// ```
    pub fn fairing() -> SessionFairing {
        SessionFairing::new()
    }

    /// Removes all values and the session's own expiry. Key, row, cookie and [owner](Self::owner) stay:
    /// who signed in until the browser closes is then signed in for as long as the settings say. To sign out, use
    /// [`logout`](Self::logout).
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// let handle = session.handle();
    /// session.clear();
    /// assert!(session.is_empty());
    /// assert_eq!(session.handle(), handle);
    /// # Ok(()) });
    /// ```
    pub fn clear(&self) {
        self.edit_or_log("clear", State::clear);
    }

    /// Ends the session: its values, its row and its cookie go. What is inserted afterwards begins a new one.
    ///
    /// The row goes even if the handler fails later: who asked to be signed out is signed out. What a flush can't see
    /// is a request at the same time that gives the session a new key: it then lives on under that one. And once the
    /// response has begun, in a streamed body for example, this does nothing but say so in the log, as all methods that
    /// return no error.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.flush();
    /// assert!(session.is_empty() && session.handle().is_none());
    /// # Ok(()) });
    /// ```
    pub fn flush(&self) {
        self.edit_or_log("flush", State::flush);
    }

    /// Gives the session a new key and keeps its values, in one statement: there is no moment without the session. The
    /// old key opens nothing from then on (OWASP ASVS 3.2.1, against session fixation).
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// let before = session.handle();
    /// session.cycle_key();
    /// assert_ne!(session.handle(), before);
    /// assert!(session.contains_key("name"));
    /// # Ok(()) });
    /// ```
    pub fn cycle_key(&self) {
        self.edit_or_log("cycle_key", State::cycle_key);
    }

    /// The session's public name, safe to show: SHA-256 of its key, as in the table's `session_key` column. `None` for
    /// a visitor without a session, before the first change.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert_eq!(session.handle(), None);
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.handle().unwrap().len(), 64);
    /// # Ok(()) });
    /// ```
    #[doc(alias = "session_key")]
    pub fn handle(&self) -> Option<String> {
        self.look(|state| state.handle().map(|handle| handle.to_string()))
    }

    /// Whether this request has changed the session.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert!(!session.is_modified());
    /// session.insert("name", "Bipasha")?;
    /// assert!(session.is_modified());
    /// # Ok(()) });
    /// ```
    #[doc(alias = "modified")]
    pub fn is_modified(&self) -> bool {
        self.look(State::is_modified)
    }

    /// The guard by hand. What it meets is in the log when it returns.
    pub(crate) async fn open(request: &'r Request<'_>) -> Result<Self> {
        let sessions = request.rocket().state::<Sessions>().ok_or(Error::NotAttached)?;
        let (scope, jar) = (Scope::of(request), request.cookies());
        // Once a request: who waited for a locked database does not wait again for its error page.
        if let Some(error) = scope.load_failure() {
            return Err(error);
        }
        match scope.open(sessions, request).await {
            Ok(()) => Ok(Self { scope, jar, sessions }),
            Err(error) => {
                error.report(request);
                scope.keep_load_failure(error.clone());
                Err(error)
            }
        }
    }

    /// For [`Sessions::revoke_others`].
    pub(crate) fn handles(&self) -> Vec<Handle> {
        self.look(State::handles)
    }

    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.scope.look(look)
    }

    fn edit<T>(&self, edit: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        self.scope.edit(self.sessions, self.jar, edit)
    }

    /// For the methods that can fail in one way only, too late, and return no error for it.
    fn edit_or_log<T: Default>(&self, method: &str, edit: impl FnOnce(&mut State) -> T) -> T {
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
        match Self::open(request).await {
            Ok(session) => Outcome::Success(session),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

/// Refuses to launch an application that uses the guard without its fairing.
impl Sentinel for Session<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let missing = rocket.state::<Sessions>().is_none();
        if missing {
            rocket::error!("a route asks for a Session: attach Session::fairing()");
        }
        missing
    }
}
