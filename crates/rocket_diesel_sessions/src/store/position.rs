use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rocket::form::{self, FromFormField, ValueField};
use time::OffsetDateTime;

use crate::handle::Handle;
use crate::record::Record;

/// The place of a session in the list of sessions, which has the newest first. A position that is later in the list is
/// greater.
///
/// A link to the next page carries it as text, such as `1767268800.0a0a…`. The text needs no escaping in a URL, and a route
/// can take it directly, for example `#[get("/sessions?<after>")]`.
///
/// ```
/// use rocket_diesel_sessions::Position;
/// use time::macros::datetime;
///
/// let position = Position { created_at: datetime!(2026-01-01 12:00 UTC), handle: "0a".repeat(32).parse().unwrap() };
/// assert_eq!(position.to_string(), format!("1767268800.{}", "0a".repeat(32)));
/// assert_eq!(position.to_string().parse(), Ok(position));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// When the session began. Whole seconds.
    pub created_at: OffsetDateTime,
    /// The handle of the session. Sessions of the same second are in the order of their handles, the largest first.
    pub handle: Handle,
}

/// The text is not a [`Position`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position in the list of sessions is a number of seconds, a full stop and a handle")]
pub struct InvalidPosition;

impl Position {
    /// Returns the place of this session.
    pub(super) fn of(handle: &Handle, record: &Record) -> Self {
        Self { created_at: record.created_at, handle: handle.clone() }
    }
}

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        other.created_at.cmp(&self.created_at).then_with(|| other.handle.cmp(&self.handle))
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.unix_timestamp(), self.handle)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (seconds, handle) = text.split_once('.').ok_or(InvalidPosition)?;
        let seconds = seconds.parse().map_err(|_| InvalidPosition)?;
        let created_at = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| InvalidPosition)?;
        Ok(Self { created_at, handle: handle.parse().map_err(|_| InvalidPosition)? })
    }
}

impl<'r> FromFormField<'r> for Position {
    fn from_value(field: ValueField<'r>) -> form::Result<'r, Self> {
        field.value.parse().map_err(|error: InvalidPosition| form::Error::custom(error).into())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn position(created_at: OffsetDateTime, digit: &str) -> Position {
        Position { created_at, handle: digit.repeat(64).parse().unwrap() }
    }

    #[test]
    fn a_newer_session_comes_first_and_then_the_larger_handle() {
        let (older, newer) = (datetime!(2026-01-01 12:00:00 UTC), datetime!(2026-01-01 12:00:01 UTC));
        let sorted = [position(newer, "2"), position(newer, "1"), position(older, "3"), position(older, "0")];
        assert!(sorted.is_sorted());
    }

    #[test]
    fn a_position_survives_a_link() {
        for created_at in [datetime!(2026-01-01 12:00 UTC), datetime!(1969-12-31 23:59:59 UTC)] {
            let position = position(created_at, "a");
            let text = position.to_string();
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)), "{text} needs no escaping");
            assert_eq!(text.parse(), Ok(position));
        }
    }

    #[test]
    fn other_texts_are_not_a_position() {
        let handle = "0a".repeat(32);
        for seconds in ["", "x", "1.5", "99999999999999", "99999999999999999999", " 1", "1 "] {
            let text = format!("{seconds}.{handle}");
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text}");
        }
        for text in ["", ".", "1", "1.", "1.0a", handle.as_str()] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text}");
        }
    }
}
