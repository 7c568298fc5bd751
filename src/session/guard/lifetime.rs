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
    /// # Errors
    ///
    /// [`Error::Expiry`] where the end is beyond the year 9999; [`Error::Committed`] once the response has begun.
    pub fn set_expiry(&self, expiry: impl Into<Expiry>) -> Result<()> {
        let expiry = expiry.into();
        self.edit(|state| state.set_expiry(expiry))
    }

    /// What [`set_expiry`](Self::set_expiry) asked for last; [`Expiry::Default`] where nobody did.
    pub fn expiry(&self) -> Expiry {
        self.look(|state| state.record().expiry)
    }

    /// How long the session lives, from the beginning of this request to its [`expiry_date`](Self::expiry_date): whole
    /// seconds, never negative.
    #[doc(alias = "get_expiry_age")]
    pub fn expiry_age(&self) -> Duration {
        self.look(State::expiry_age)
    }

    /// When the session ends, in UTC, if nothing else happens: for one that this request changes, counted from now; for
    /// one that it only reads, as the last save left it.
    #[doc(alias = "get_expiry_date")]
    pub fn expiry_date(&self) -> OffsetDateTime {
        self.look(State::expire_date)
    }

    /// Whether the cookie goes when the browser closes.
    #[doc(alias = "get_expire_at_browser_close")]
    pub fn expires_at_browser_close(&self) -> bool {
        self.look(State::expires_at_browser_close)
    }
}
