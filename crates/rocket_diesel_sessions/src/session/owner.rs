//! Who is signed in.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::encoding::{decode, encode};
use super::guard::Session;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::request::State;

impl Session<'_> {
    /// Returns who is signed in to the session, as [`login`](Self::login) was told.
    pub fn owner(&self) -> Option<String> {
        self.read(|state| state.record().owner.clone())
    }

    /// Signs `owner` in. This is an identifier that the application chooses and has checked. It may contain any character but
    /// NUL, which PostgreSQL can't store: there, the visitor gets 503 in place of the response, and nothing is saved.
    ///
    /// The session gets a new key, so that somebody who knew the old one is not signed in too (OWASP ASVS 5.0, 7.2.4,
    /// against session fixation), and its `absolute_age` starts again. Values from before the login stay, for example a
    /// shopping cart. If another owner is signed in, the login starts an empty session.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// session.insert("cart", ["tea"])?;
    /// session.login("ada"); // after her password was checked
    /// assert!(session.contains_key("cart"));
    /// session.login("bob"); // on the same computer
    /// assert!(session.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn login(&self, owner: impl AsRef<str>) {
        let owner = owner.as_ref(); // the application's code runs before the session is locked
        self.edit_or_log("login", |state| state.login(owner));
    }

    /// Stores a value that belongs to the login and not to the visitor's data, for example on which device somebody signed
    /// in. `get`, `keys`, `to_map` and `clear` don't reach it. It ends with [`flush`](Self::flush), with
    /// [`logout`](Self::logout) and at the next [`login`](Self::login). Such values don't count for `max_size`.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// session.login("ada");
    /// session.set_login_value("device", "Firefox on Linux")?;
    /// session.clear();
    /// assert_eq!(session.login_value::<String>("device")?.as_deref(), Some("Firefox on Linux"));
    /// session.login("ada"); // again
    /// assert_eq!(session.login_value::<String>("device")?, None);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoOwner`] if nobody is signed in; [`Error::Value`] if the value can't be JSON or is nested more than 125
    /// levels deep; [`Error::TooLarge`] if the cookie of the engine `"cookie"` would be too large; [`Error::Committed`] if
    /// the response has begun.
    #[track_caller]
    pub fn set_login_value(&self, name: &str, value: impl Serialize) -> Result<()> {
        let value = encode(value)?;
        self.edit(|state| state.set_login_value(name, value))
    }

    /// Returns the value that [`set_login_value`](Self::set_login_value) has stored under `name`, or `None`.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value has another type.
    #[track_caller]
    pub fn login_value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        decode(self.read(|state| state.record().login_values.get(name).cloned()))
    }

    /// Signs out. This is the same as [`flush`](Self::flush), with or without an owner.
    pub fn logout(&self) {
        self.edit_or_log("logout", State::flush);
    }
}
