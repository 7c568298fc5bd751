//! When the session ends.

use std::time::Duration;

use time::OffsetDateTime;

use super::guard::Session;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::expiry::Expiry;
use crate::request::State;

impl Session<'_> {
    /// Sets when the session ends: a [`Duration`] after each save, an instant, or an [`Expiry`]. Later saves keep it, until
    /// the next `set_expiry` or [`clear`](Self::clear). An expiry in the past ends the session with this response.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
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
    /// [`Error::Expiry`] if the end is after the year 9999; [`Error::Committed`] if the response has begun.
    pub fn set_expiry(&self, expiry: impl Into<Expiry>) -> Result<()> {
        let expiry = expiry.into();
        self.edit(|state| state.set_expiry(expiry))
    }

    /// Returns what [`set_expiry`](Self::set_expiry) asked for last, or [`Expiry::Default`].
    pub fn expiry(&self) -> Expiry {
        self.read(|state| state.record().expiry)
    }

    /// Returns how long the session lives, from the beginning of this request to its [`expiry_date`](Self::expiry_date), in
    /// whole seconds. Never negative.
    #[doc(alias = "get_expiry_age")]
    pub fn expiry_age(&self) -> Duration {
        self.read(State::expiry_age)
    }

    /// Returns when the session ends, in UTC, if nothing else happens. If this request changes the session, this is counted
    /// from now. Otherwise it is the date that the last save has set.
    #[doc(alias = "get_expiry_date")]
    pub fn expiry_date(&self) -> OffsetDateTime {
        self.read(State::expire_date)
    }

    /// Returns whether the browser deletes the cookie when it closes.
    #[doc(alias = "get_expire_at_browser_close")]
    pub fn expires_at_browser_close(&self) -> bool {
        self.read(State::expires_at_browser_close)
    }
}
