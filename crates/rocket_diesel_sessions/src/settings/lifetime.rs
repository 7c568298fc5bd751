//! What the settings mean for a record: when it ends, how long its cookie lives, and how large it may be.

use std::time::Duration;

use time::OffsetDateTime;

use super::fields::Settings;
use crate::error::{Error, Result};
use crate::expiry::{Expiry, signed, whole_seconds};
use crate::record::{Alive, Record};

/// The default of `refresh_interval`.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60);

impl Settings {
    /// Returns when a record that is saved at `now` ends, by its own expiry or by these settings.
    pub(crate) fn expire_date(&self, record: &Record, now: OffsetDateTime) -> OffsetDateTime {
        let date = record.expiry.date(whole_seconds(now), self.cookie_age);
        let anonymous_age = self.anonymous_age.filter(|_| record.owner.is_none());
        let limits = self.absolute_age.into_iter().chain(anonymous_age);
        limits.fold(date, |date, age| date.min(record.created_at.saturating_add(signed(age))))
    }

    /// Refuses a record that has grown from `before` to `after` beyond `max_size`. A record that became smaller is never
    /// refused: when `max_size` was lowered, a visitor with more data must still be able to remove some.
    pub(crate) fn check_growth(&self, before: &Record, after: &Record) -> Result<()> {
        refuse_growth(self.max_size, before, after, Record::size)
    }

    /// Returns the Max-Age of the cookie of a record that ends at `expire_date`, or `None` if the cookie ends when the
    /// browser closes.
    pub(crate) fn cookie_max_age(
        &self,
        record: &Record,
        expire_date: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<Duration> {
        let age = (expire_date - whole_seconds(now)).try_into().unwrap_or_default();
        (!self.expires_at_browser_close(record)).then_some(age)
    }

    /// Returns whether the cookie of the record ends when the browser closes.
    pub(crate) fn expires_at_browser_close(&self, record: &Record) -> bool {
        match record.expiry {
            Expiry::Default => self.expire_at_browser_close,
            expiry => expiry == Expiry::BrowserClose,
        }
    }

    /// Returns by how much a renewal has to move the expire date of `record` to be worth a write.
    pub(crate) fn refresh_interval(&self, record: &Record) -> Duration {
        let lifetime = record.expiry.sliding_age(self.cookie_age).unwrap_or_default();
        self.refresh_interval.unwrap_or(REFRESH_INTERVAL).min(lifetime / 10)
    }

    /// Returns the condition for records that are alive at `now`.
    pub(crate) fn alive(&self, now: OffsetDateTime) -> Alive {
        let now = whole_seconds(now);
        Alive { now, created_after: self.absolute_age.map(|age| now.saturating_sub(signed(age))) }
    }
}

/// Refuses `after` if its size is over `max` and larger than the size of `before`.
pub(crate) fn refuse_growth(
    max: usize,
    before: &Record,
    after: &Record,
    size_of: impl Fn(&Record) -> usize,
) -> Result<()> {
    match size_of(after) {
        size if size > max && size > size_of(before) => Err(Error::TooLarge { size, max }),
        _ => Ok(()),
    }
}
