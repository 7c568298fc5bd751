//! Who is signed in.

use super::Session;
use crate::session::state::State;

impl Session<'_> {
    /// Who is signed in to the session, as [`login`](Self::login) was told.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert_eq!(session.owner(), None);
    /// session.login("ada");
    /// assert_eq!(session.owner().as_deref(), Some("ada"));
    /// # Ok(()) });
    /// ```
    pub fn owner(&self) -> Option<String> {
        self.look(|state| state.record().owner.clone())
    }

    /// Signs `owner` in: an identifier of the application's, checked by the application.
    ///
    /// The session gets a new key, so that nobody who knew the old one is signed in too (OWASP ASVS 3.2.1, against
    /// session fixation), and its `absolute_age` begins anew. What a visitor collected before stays, a cart for
    /// example; over another owner's session, a login starts an empty one.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("cart", ["tea"])?;
    /// session.login("ada"); // after her password was checked
    /// assert!(session.contains_key("cart"));
    /// session.login("bob"); // on the same computer
    /// assert!(session.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn login(&self, owner: impl AsRef<str>) {
        let owner = owner.as_ref(); // the application's code: before the session is locked
        self.edit_or_log("login", |state| state.login(owner));
    }

    /// Signs out: the same as [`flush`](Self::flush), with or without an owner.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.login("ada");
    /// session.logout();
    /// assert_eq!(session.owner(), None);
    /// # Ok(()) });
    /// ```
    pub fn logout(&self) {
        self.edit_or_log("logout", State::flush);
    }
}
