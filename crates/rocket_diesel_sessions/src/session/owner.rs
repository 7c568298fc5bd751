//! Who is signed in.

use super::guard::Session;
use crate::request::State;

impl Session<'_> {
    /// Returns who is signed in to the session, as [`login`](Self::login) was told.
    pub fn owner(&self) -> Option<String> {
        self.read(|state| state.record().owner.clone())
    }

    /// Signs `owner` in. This is an identifier that the application chooses and has checked.
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

    /// Signs out. This is the same as [`flush`](Self::flush), with or without an owner.
    pub fn logout(&self) {
        self.edit_or_log("logout", State::flush);
    }
}
