mod lifetime;
mod owner;

use rocket::http::CookieJar;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::session::scope::Scope;
use crate::session::state::State;
use crate::session::{Error, Handle, Result, SessionFairing, Sessions};

/// The visitor's session: a request guard with the methods of Django's `request.session`.
///
/// Ask for it in a handler and read and write it like a map. Nothing is written while the handler runs: if it succeeds,
/// all changes are committed in one transaction before the first byte of the response is sent; if it fails, nothing has
/// happened. All guards of one request share one session.
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

    /// The value under `key`, or `None`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert_eq!(session.get::<String>("name")?, None);
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Bipasha"));
    /// assert!(session.get::<u8>("name").is_err());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let value = self.look(|state| state.record().data.get(key).cloned());
        value.map(|value| decode(key, value)).transpose()
    }

    /// The value under `key`, which has to be there: Django's `session['key']`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// let name: String = session.require("name")?;
    /// assert_eq!(name, "Bipasha");
    /// assert!(session.require::<String>("lname").is_err());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`] where it is not, [`Error::Value`] where it is of another type.
    pub fn require<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        self.get(key)?.ok_or_else(|| Error::MissingKey(key.to_owned()))
    }

    /// Puts a value under `key`: anything that is JSON. A value equal to the one that is there changes nothing, but
    /// counts as activity: the session is renewed when that is due.
    ///
    /// As everywhere in JSON, a NaN or an infinite number becomes null.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.insert("cart", vec![("tea", 2), ("milk", 1)])?;
    /// assert_eq!(session.keys(), ["cart", "name"]);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value can't be JSON, or is nested more than 126 levels deep; [`Error::TooLarge`] where
    /// the data would outgrow `max_size`; [`Error::Committed`] once the response has begun. The session stays as it was.
    #[doc(alias = "__setitem__")]
    pub fn insert(&self, key: &str, value: impl Serialize) -> Result<()> {
        let value = encode(key, value)?;
        self.edit(|state| state.insert(vec![(key.to_owned(), value)]))
    }

    /// Removes `key`. Was it there? A key that is missing changes nothing. The last key leaves an empty session behind,
    /// with its row and its cookie.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert!(session.remove("name"));
    /// assert!(!session.remove("name"));
    /// # Ok(()) });
    /// ```
    #[doc(alias = "__delitem__")]
    #[doc(alias = "del")]
    pub fn remove(&self, key: &str) -> bool {
        self.edit_or_log("remove", |state| state.remove(key).is_some())
    }

    /// The value under `key`; `default`, from now on, where there is none: Django's `setdefault`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert_eq!(session.get_or_insert("theme", "light".to_string())?, "light");
    /// assert_eq!(session.get_or_insert("theme", "dark".to_string())?, "light");
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`insert`](Self::insert).
    #[doc(alias = "setdefault")]
    pub fn get_or_insert<T: Serialize + DeserializeOwned>(&self, key: &str, default: T) -> Result<T> {
        match self.get(key)? {
            Some(value) => Ok(value),
            None => {
                self.insert(key, &default)?;
                Ok(default)
            }
        }
    }

    /// Removes `key` and returns its value, or `None`: Django's `pop`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("message", "saved")?;
    /// assert_eq!(session.take::<String>("message")?.as_deref(), Some("saved"));
    /// assert_eq!(session.take::<String>("message")?, None);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is of another type, [`Error::Committed`] once the response has begun. The value
    /// stays then.
    #[doc(alias = "pop")]
    pub fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let value = self.get(key)?;
        if value.is_some() {
            self.edit(|state| Ok(state.remove(key)))?;
        }
        Ok(value)
    }

    /// Whether there is a value under `key`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("nothing", ())?;
    /// assert!(session.contains_key("nothing"));
    /// assert!(!session.contains_key("name"));
    /// # Ok(()) });
    /// ```
    #[doc(alias = "has_key")]
    pub fn contains_key(&self, key: &str) -> bool {
        self.look(|state| state.record().data.contains_key(key))
    }

    /// The keys that have values, in alphabetical order.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.insert("lname", "Codedec")?;
    /// assert_eq!(session.keys(), ["lname", "name"]);
    /// # Ok(()) });
    /// ```
    pub fn keys(&self) -> Vec<String> {
        self.look(|state| state.record().data.keys().cloned().collect())
    }

    /// How many values there are.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.len(), 1);
    /// # Ok(()) });
    /// ```
    pub fn len(&self) -> usize {
        self.look(|state| state.record().data.len())
    }

    /// Whether there are no values. (Django's `is_empty` asks for the key too: that is [`handle`](Self::handle).)
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert!(session.is_empty());
    /// session.insert("name", "Bipasha")?;
    /// assert!(!session.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of all values.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.to_map()["name"], "Bipasha");
    /// # Ok(()) });
    /// ```
    #[doc(alias = "items")]
    pub fn to_map(&self) -> Map<String, Value> {
        self.look(|state| state.record().data.clone())
    }

    /// Inserts all entries, or none: Django's `update`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// use serde_json::json;
    ///
    /// session.extend([("name", json!("Bipasha")), ("age", json!(23))])?;
    /// assert_eq!(session.len(), 2);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    #[doc(alias = "update")]
    pub fn extend(&self, entries: impl IntoIterator<Item = (impl Into<String>, Value)>) -> Result<()> {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        self.edit(|state| state.insert(entries))
    }

    /// Removes all values and the session's own expiry. Key, row, cookie and [owner](Self::owner) stay.
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
    /// The row goes even if the handler fails later: who asked to be signed out is signed out. What a flush can't see is a
    /// request at the same time that gives the session a new key: it then lives on under that one.
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

    /// The guard by hand.
    pub(crate) async fn open(request: &'r Request<'_>) -> Result<Self> {
        let sessions = request.rocket().state::<Sessions>().ok_or(Error::NotAttached)?;
        let (scope, jar) = (Scope::of(request), request.cookies());
        scope.open(sessions, jar).await?;
        Ok(Self { scope, jar, sessions })
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

fn encode<T: Serialize>(key: &str, value: T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::value::<T>(key, error))
}

fn decode<T: DeserializeOwned>(key: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error::value::<T>(key, error))
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Session<'r> {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match Self::open(request).await {
            Ok(session) => Outcome::Success(session),
            Err(error) => {
                error.report(request);
                Outcome::Error((error.status(), error))
            }
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
