//! When the session ends.

use std::time::Duration;

use time::OffsetDateTime;

use super::Session;
#[cfg(doc)]
use crate::session::Error;
use crate::session::state::State;
use crate::session::{Expiry, Result};

impl Session<'_> {
    /// Sets when the session ends: a [`Duration`] after each save, an instant, or an [`Expiry`]. It
    /// stays with the session through later saves, until the next `set_expiry` or [`clear`](Self::clear). An expiry in
    /// the past ends the session with this response.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// use std::time::Duration;
    /// use rocket_diesel_sessions::Expiry;
    ///
    /// session.set_expiry(Duration::from_secs(300))?; // five minutes after each save
    /// session.set_expiry(Expiry::BrowserClose)?;
    /// session.set_expiry(Expiry::Default)?; // as the settings say
    /// assert!(session.set_expiry(Duration::MAX).is_err());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Expiry`] where the end is beyond the year 9999; [`Error::Committed`] once the response has begun.
    pub fn set_expiry(&self, expiry: impl Into<Expiry>) -> Result<()> {
        let expiry = expiry.into();
        self.edit(|state| state.set_expiry(expiry))
    }

    /// What [`set_expiry`](Self::set_expiry) asked for last; [`Expiry::Default`] where nobody did.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// use rocket_diesel_sessions::Expiry;
    ///
    /// assert_eq!(session.expiry(), Expiry::Default);
    /// session.set_expiry(Expiry::BrowserClose)?;
    /// assert_eq!(session.expiry(), Expiry::BrowserClose);
    /// # Ok(()) });
    /// ```
    pub fn expiry(&self) -> Expiry {
        self.look(|state| state.record().expiry)
    }

    /// How long the session lives, from the beginning of this request to its [`expiry_date`](Self::expiry_date): whole
    /// seconds, never negative.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.set_expiry(std::time::Duration::from_secs(300))?;
    /// assert_eq!(session.expiry_age().as_secs(), 300);
    /// # Ok(()) });
    /// ```
    #[doc(alias = "get_expiry_age")]
    pub fn expiry_age(&self) -> Duration {
        self.look(State::expiry_age)
    }

    /// When the session ends, in UTC, if nothing else happens: for one that this request changes, counted from now; for
    /// one that it only reads, as the last save left it.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// use rocket_diesel_sessions::Expiry;
    /// use time::macros::datetime;
    ///
    /// session.set_expiry(datetime!(2999-12-31 23:59:59 UTC))?;
    /// assert_eq!(session.expiry_date(), datetime!(2999-12-31 23:59:59 UTC));
    /// # Ok(()) });
    /// ```
    #[doc(alias = "get_expiry_date")]
    pub fn expiry_date(&self) -> OffsetDateTime {
        self.look(State::expire_date)
    }

    /// Whether the cookie goes when the browser closes.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// use rocket_diesel_sessions::Expiry;
    ///
    /// assert!(!session.expires_at_browser_close());
    /// session.set_expiry(Expiry::BrowserClose)?;
    /// assert!(session.expires_at_browser_close());
    /// # Ok(()) });
    /// ```
    #[doc(alias = "get_expire_at_browser_close")]
    pub fn expires_at_browser_close(&self) -> bool {
        self.look(State::expires_at_browser_close)
    }
}
