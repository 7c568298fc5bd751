use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::{Error, Result};

/// When a session ends: what [`Session::set_expiry`](crate::Session::set_expiry) asks for.
///
/// Django's `set_expiry` takes a number, a `timedelta`, a `datetime`, `0` or `None`; here each meaning has a name. All
/// times are whole seconds: fractions are cut off, so an expiry under one second is in the past.
///
/// ```
/// use std::time::Duration;
/// use rocket_diesel_sessions::Expiry;
///
/// assert_eq!(Expiry::from(Duration::from_secs(300)), Expiry::After(Duration::from_secs(300)));
/// assert_eq!(Expiry::default(), Expiry::Default);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// What the settings say: `cookie_age`, or the browser's end with `expire_at_browser_close`. Django: `None`.
    #[default]
    Default,
    /// When the browser closes: the cookie has neither Max-Age nor Expires. The row still lives `cookie_age`, because
    /// no browser tells a server that it was closed. Django: `0`.
    BrowserClose,
    /// So long after the last save: it slides. Django: a number of seconds.
    After(Duration),
    /// At that instant, whatever happens until then. Django: a `datetime`.
    At(OffsetDateTime),
}

impl Expiry {
    /// The same expiry as the table can hold it: whole seconds, UTC, a year of at most four digits.
    ///
    /// # Errors
    ///
    /// [`Error::Expiry`] for an instant that is out of that range.
    pub(crate) fn normalized(self, now: OffsetDateTime) -> Result<Self> {
        match self {
            Self::Default | Self::BrowserClose => Ok(self),
            Self::After(age) => {
                let age = Duration::from_secs(age.as_secs());
                now.checked_add(age.try_into().map_err(|_| Error::Expiry)?).ok_or(Error::Expiry)?;
                Ok(Self::After(age))
            }
            Self::At(instant) => {
                let instant = instant.checked_to_offset(UtcOffset::UTC).ok_or(Error::Expiry)?;
                match instant.year() {
                    0..=9999 => Ok(Self::At(whole_seconds(instant))),
                    _ => Err(Error::Expiry),
                }
            }
        }
    }

    /// When a record that is saved at `now` ends. Never out of range: what does not fit into time's own types ends at
    /// their end.
    pub(crate) fn date(self, now: OffsetDateTime, cookie_age: Duration) -> OffsetDateTime {
        match self {
            Self::Default | Self::BrowserClose => now.saturating_add(signed(cookie_age)),
            Self::After(age) => now.saturating_add(signed(age)),
            Self::At(instant) => instant,
        }
    }

    /// How long a save keeps the session; `None` where the end is fixed and no save moves it.
    pub(crate) fn sliding_age(self, cookie_age: Duration) -> Option<Duration> {
        match self {
            Self::Default | Self::BrowserClose => Some(cookie_age),
            Self::After(age) => Some(age),
            Self::At(_) => None,
        }
    }

    /// The column `expiry`: nothing for the settings' own.
    pub(crate) fn to_column(self) -> Option<String> {
        (self != Self::Default).then(|| self.to_string())
    }
}

/// Cuts the fraction off, because the table holds whole seconds.
pub(crate) fn whole_seconds(instant: OffsetDateTime) -> OffsetDateTime {
    instant.replace_nanosecond(0).expect("zero is a nanosecond")
}

/// The age in the type that instants are moved by. That one holds half as much, which is enough for any calendar.
pub(crate) fn signed(age: Duration) -> time::Duration {
    age.try_into().unwrap_or(time::Duration::MAX)
}

impl From<Duration> for Expiry {
    fn from(age: Duration) -> Self {
        Self::After(age)
    }
}

impl From<OffsetDateTime> for Expiry {
    fn from(instant: OffsetDateTime) -> Self {
        Self::At(instant)
    }
}

/// The form of the column `expiry`.
impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::BrowserClose => f.write_str("close"),
            Self::After(age) => write!(f, "after:{}", age.as_secs()),
            Self::At(instant) => write!(f, "at:{}", instant.format(&Rfc3339).map_err(|_| fmt::Error)?),
        }
    }
}

impl FromStr for Expiry {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "default" => Ok(Self::Default),
            None if text == "close" => Ok(Self::BrowserClose),
            Some(("after", age)) => Ok(Self::After(Duration::from_secs(age.parse().map_err(|_| Error::Expiry)?))),
            Some(("at", at)) => Ok(Self::At(OffsetDateTime::parse(at, &Rfc3339).map_err(|_| Error::Expiry)?)),
            _ => Err(Error::Expiry),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
    const AGE: Duration = Duration::from_secs(100);

    #[test]
    fn after_slides_and_at_stays() {
        let later = NOW + Duration::from_secs(50);
        let after = Expiry::After(Duration::from_secs(10));
        assert_eq!(after.date(later, AGE), later + Duration::from_secs(10));
        assert_eq!(Expiry::At(NOW).date(later, AGE), NOW);
        assert_eq!(Expiry::BrowserClose.date(later, AGE), later + AGE);
    }

    #[test]
    fn every_expiry_survives_its_column() {
        for expiry in
            [Expiry::BrowserClose, Expiry::After(AGE), Expiry::At(NOW), Expiry::At(datetime!(9999-12-31 23:59:59 UTC))]
        {
            assert_eq!(expiry.to_column().unwrap().parse::<Expiry>().unwrap(), expiry);
        }
        assert_eq!(Expiry::Default.to_column(), None);
    }

    #[test]
    fn a_column_that_nobody_wrote_is_an_error() {
        for text in ["", "after:", "after:-1", "after:1.5", "at:tomorrow", "close:1", "after:99999999999999999999"] {
            assert!(text.parse::<Expiry>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_expiry_beyond_time_is_an_error_and_no_panic() {
        for expiry in [
            Expiry::After(Duration::MAX),
            Expiry::After(Duration::from_secs(u64::from(u32::MAX) * 100)),
            Expiry::At(datetime!(9999-12-31 23:59:59 -23)),
            Expiry::At(datetime!(-9999-01-01 00:00:00 +23)),
        ] {
            assert!(matches!(expiry.normalized(NOW), Err(Error::Expiry)), "{expiry:?}");
        }
    }

    #[test]
    fn fractions_of_a_second_are_cut_off() {
        let expiry = Expiry::After(Duration::from_millis(1900)).normalized(NOW).unwrap();
        assert_eq!(expiry, Expiry::After(Duration::from_secs(1)));
        let expiry = Expiry::At(datetime!(2026-01-01 01:00:00.9 +1)).normalized(NOW).unwrap();
        assert_eq!(expiry, Expiry::At(NOW));
    }
}
