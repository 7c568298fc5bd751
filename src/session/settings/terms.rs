//! What the settings mean for a record: when it ends, what its cookie says of that, and how large it may be.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Engine, Settings};
use crate::session::expiry::{signed, whole_seconds};
use crate::session::record::{Alive, Record};
use crate::session::{Error, Expiry, Result, sealed};

/// The default of `refresh_interval`.
const REFRESH_INTERVAL: Duration = Duration::from_secs(60);

impl Settings {
    /// When a record that is saved at `now` ends, by its own expiry or these settings.
    pub(crate) fn expire_date(&self, record: &Record, now: OffsetDateTime) -> OffsetDateTime {
        let date = record.expiry.date(whole_seconds(now), self.cookie_age);
        match self.absolute_age {
            Some(age) => date.min(record.created_at.saturating_add(signed(age))),
            None => date,
        }
    }

    /// Whether a record may grow from `before` to `after`. Who shrinks one is never refused: after `max_size` was
    /// lowered, a visitor with more has to be able to go on.
    pub(crate) fn check_growth(&self, before: &Record, after: &Record) -> Result<()> {
        let refuse_over = |max: usize, size: &dyn Fn(&Record) -> usize| match size(after) {
            large if large > max && large > size(before) => Err(Error::TooLarge { size: large, max }),
            _ => Ok(()),
        };
        refuse_over(self.max_size, &Record::size)?;
        match self.engine {
            Engine::Cookie => {
                refuse_over(sealed::LARGEST_COOKIE, &|record| sealed::cookie_size(&self.cookie_name, record))
            }
            Engine::Db | Engine::Memory => Ok(()),
        }
    }

    /// For how long the cookie of a record is good that ends at `expire_date`; `None`: until the browser closes.
    pub(crate) fn lifetime(
        &self,
        record: &Record,
        expire_date: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<Duration> {
        let age = (expire_date - whole_seconds(now)).try_into().unwrap_or_default();
        (!self.ends_with_the_browser(record)).then_some(age)
    }

    pub(crate) fn ends_with_the_browser(&self, record: &Record) -> bool {
        match record.expiry {
            Expiry::Default => self.expire_at_browser_close,
            expiry => expiry == Expiry::BrowserClose,
        }
    }

    /// How much a renewal of `record` has to gain before it is worth a write.
    pub(crate) fn refresh_interval(&self, record: &Record) -> Duration {
        let lifetime = record.expiry.sliding_age(self.cookie_age).unwrap_or_default();
        self.refresh_interval.unwrap_or(REFRESH_INTERVAL).min(lifetime / 10)
    }

    /// Which records count at `now`.
    pub(crate) fn alive(&self, now: OffsetDateTime) -> Alive {
        let now = whole_seconds(now);
        Alive { now, created_after: self.absolute_age.map(|age| now.saturating_sub(signed(age))) }
    }
}
