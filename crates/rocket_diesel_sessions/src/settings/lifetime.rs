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
        self.latest_end(record).map_or(date, |latest| date.min(latest))
    }

    /// Returns when a record was last saved or renewed, as its expire date tells. Returns `None` if the date can't tell it:
    /// `set_expiry` has fixed the end, `absolute_age` or `anonymous_age` has moved it, or the result is before the creation,
    /// because the settings have changed since.
    ///
    /// The visitor may have come later than that. A request that only reads does not renew the session. With
    /// `save_every_request` it does, but at most once per [`refresh_interval`](field@Self::refresh_interval).
    ///
    /// ```
    /// use rocket_diesel_sessions::{Columns, Record, Settings};
    /// use time::macros::datetime;
    ///
    /// let record = Record::from_columns(Columns {
    ///     session_data: "{}",
    ///     created_at: datetime!(2026-01-01 00:00 UTC),
    ///     expire_date: datetime!(2026-01-02 00:01 UTC),
    ///     version: 1,
    ///     owner: None,
    ///     expiry: Some("after:86400"),
    /// });
    /// assert_eq!(Settings::default().last_saved(&record.unwrap()), Some(datetime!(2026-01-01 00:01 UTC)));
    /// ```
    pub fn last_saved(&self, record: &Record) -> Option<OffsetDateTime> {
        if self.latest_end(record).is_some_and(|latest| record.expire_date >= latest) {
            return None;
        }
        let age = record.expiry.sliding_age(self.cookie_age)?;
        let saved = record.expire_date.checked_sub(signed(age))?;
        (saved >= record.created_at).then_some(saved)
    }

    /// Returns when a record ends at the latest, however often it is saved, or `None` if there is no limit.
    fn latest_end(&self, record: &Record) -> Option<OffsetDateTime> {
        let anonymous_age = self.anonymous_age.filter(|_| record.owner.is_none());
        let limit = self.absolute_age.into_iter().chain(anonymous_age).min()?;
        Some(record.created_at.saturating_add(signed(limit)))
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

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const CREATED: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
    const HOUR: Duration = Duration::from_secs(3600);

    fn settings() -> Settings {
        Settings { cookie_age: 2 * HOUR, ..Settings::default() }
    }

    /// Returns a record that was saved half an hour after its creation.
    fn saved(settings: &Settings, expiry: Expiry) -> Record {
        let mut record = Record { expiry, ..Record::new(CREATED) };
        record.expire_date = settings.expire_date(&record, CREATED + HOUR / 2);
        record
    }

    #[test]
    fn the_expire_date_tells_when_a_session_was_last_saved() {
        for expiry in [Expiry::Default, Expiry::BrowserClose, Expiry::After(5 * HOUR)] {
            let record = saved(&settings(), expiry);
            assert_eq!(settings().last_saved(&record), Some(CREATED + HOUR / 2), "{expiry:?}");
        }
    }

    #[test]
    fn a_fixed_end_does_not_tell_when_a_session_was_last_saved() {
        let record = saved(&settings(), Expiry::At(CREATED + 3 * HOUR));
        assert_eq!(settings().last_saved(&record), None);
    }

    #[test]
    fn an_end_that_a_limit_has_moved_does_not_tell_when_a_session_was_last_saved() {
        let limited = [
            Settings { absolute_age: Some(2 * HOUR), ..settings() },
            Settings { anonymous_age: Some(2 * HOUR), ..settings() },
        ];
        for settings in limited {
            assert_eq!(settings.last_saved(&saved(&settings, Expiry::Default)), None);
            let short = saved(&settings, Expiry::After(HOUR));
            assert_eq!(settings.last_saved(&short), Some(CREATED + HOUR / 2), "the limit has not moved this one");
        }
    }

    #[test]
    fn anonymous_age_does_not_hide_when_the_session_of_an_owner_was_last_saved() {
        let settings = Settings { anonymous_age: Some(HOUR), ..settings() };
        let mut record = Record { owner: Some("ada".into()), ..Record::new(CREATED) };
        record.expire_date = settings.expire_date(&record, CREATED + HOUR / 2);
        assert_eq!(settings.last_saved(&record), Some(CREATED + HOUR / 2));
    }

    #[test]
    fn a_session_is_not_said_to_be_saved_before_it_was_created() {
        let record = saved(&settings(), Expiry::Default);
        let later = Settings { cookie_age: 9 * HOUR, ..settings() };
        assert_eq!(later.last_saved(&record), None);
        assert_eq!(Settings { cookie_age: Duration::MAX, ..settings() }.last_saved(&record), None);
    }
}
