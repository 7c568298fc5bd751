use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::error::{Error, Result};

/// When a session ends: what [`Session::set_expiry`](crate::Session::set_expiry) takes.
///
/// Django's `set_expiry` takes a number, a `timedelta`, a `datetime`, `0` or `None`. Here each meaning has a name. All
/// times are whole seconds. Fractions are cut off, so an expiry of less than one second is in the past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Expiry {
    /// As the settings say: after `cookie_age`, or when the browser closes if `expire_at_browser_close` is set. Django:
    /// `None`.
    #[default]
    Default,
    /// When the browser closes: the cookie has neither Max-Age nor Expires. The row still lives for `cookie_age`, because
    /// no browser tells a server that it was closed. Django: `0`.
    BrowserClose,
    /// This long after the last save, so each save moves the end. Django: a number of seconds.
    After(Duration),
    /// At this instant. No save moves it. Django: a `datetime`.
    At(OffsetDateTime),
}

impl Expiry {
    /// Returns the expiry in the form that the table can hold: whole seconds, UTC, a year from 0 to 9999.
    ///
    /// # Errors
    ///
    /// [`Error::Expiry`] if the instant is out of that range.
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

    /// Returns when a record that is saved at `now` ends. An instant that would be out of range becomes the last one in
    /// range.
    pub(crate) fn date(self, now: OffsetDateTime, cookie_age: Duration) -> OffsetDateTime {
        match self {
            Self::Default | Self::BrowserClose => now.saturating_add(signed(cookie_age)),
            Self::After(age) => now.saturating_add(signed(age)),
            Self::At(instant) => instant,
        }
    }

    /// Returns how long a session lives after a save, or `None` if its end is fixed.
    pub(crate) fn sliding_age(self, cookie_age: Duration) -> Option<Duration> {
        match self {
            Self::Default | Self::BrowserClose => Some(cookie_age),
            Self::After(age) => Some(age),
            Self::At(_) => None,
        }
    }

    /// Returns the column `expiry`: `None` if the settings apply.
    pub(crate) fn to_column(self) -> Option<String> {
        (self != Self::Default).then(|| self.to_string())
    }
}

/// Cuts off the fraction of a second, because the table holds whole seconds.
pub(crate) fn whole_seconds(instant: OffsetDateTime) -> OffsetDateTime {
    instant.replace_nanosecond(0).expect("zero is a nanosecond")
}

/// Converts an age into the signed type that can be added to instants. An age that does not fit becomes the longest one.
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

/// Writes the form of the column `expiry`.
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

impl TryFrom<String> for Expiry {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Expiry> for String {
    fn from(expiry: Expiry) -> Self {
        expiry.to_string()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);
    const AGE: Duration = Duration::from_secs(100);

    #[test]
    fn each_save_moves_the_end_of_after_and_not_that_of_at() {
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
    fn a_column_that_this_library_did_not_write_is_an_error() {
        for text in ["", "after:", "after:-1", "after:1.5", "at:tomorrow", "close:1", "after:99999999999999999999"] {
            assert!(text.parse::<Expiry>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_expiry_out_of_range_is_an_error_and_not_a_panic() {
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
