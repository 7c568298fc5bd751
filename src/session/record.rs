use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{Error, Expiry, Result};

/// A session as a store keeps it: one row of the table, without its key.
///
/// ```
/// use rocket_diesel_sessions::Record;
///
/// let data = Record::decode_data(r#"{"name": "Bipasha"}"#).unwrap();
/// assert_eq!(data["name"], "Bipasha");
/// assert!(Record::decode_data("[1, 2]").is_none(), "only an object is a session's data");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// The visitor's data.
    pub data: Map<String, Value>,
    /// The record counts while this is in the future. UTC, whole seconds.
    pub expire_date: OffsetDateTime,
    /// When the session began, or its owner last signed in. UTC, whole seconds.
    pub created_at: OffsetDateTime,
    /// One more at each save; a touch leaves it.
    pub version: i64,
    /// Who is signed in.
    pub owner: Option<String>,
    /// What `set_expiry` asked for.
    pub expiry: Expiry,
}

impl Record {
    /// An empty record that begins at `now`. It has version 0 until a store has it.
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self { data: Map::new(), expire_date: now, created_at: now, version: 0, owner: None, expiry: Expiry::Default }
    }

    /// A record from a store's columns; `None` where somebody else than this library wrote them.
    ///
    /// ```
    /// # use rocket_diesel_sessions::{Expiry, Record};
    /// # use time::macros::datetime;
    /// let (expires, created) = (datetime!(2026-01-02 00:00 UTC), datetime!(2026-01-01 00:00 UTC));
    /// let record = Record::from_columns(r#"{"name":"Bipasha"}"#, expires, created, 1, None, Some("close")).unwrap();
    /// assert_eq!(record.expiry, Expiry::BrowserClose);
    /// assert!(Record::from_columns("{}", expires, created, 1, None, Some("tomorrow")).is_none());
    /// ```
    pub fn from_columns(
        data: &str,
        expire_date: OffsetDateTime,
        created_at: OffsetDateTime,
        version: i64,
        owner: Option<String>,
        expiry: Option<&str>,
    ) -> Option<Self> {
        let data = Self::decode_data(data)?;
        Self { data, expire_date, created_at, version, owner, expiry: Expiry::Default }.with_expiry(expiry)
    }

    /// The record with what its column `expiry` says; `None` where that is nothing `set_expiry` could have asked for.
    pub(crate) fn with_expiry(self, column: Option<&str>) -> Option<Self> {
        let expiry: Expiry = column.map_or(Ok(Expiry::Default), str::parse).ok()?;
        Some(Self { expiry: expiry.normalized(self.created_at).ok()?, ..self })
    }

    /// Reads the column `session_data`: a JSON object and nothing else.
    ///
    /// ```
    /// # use rocket_diesel_sessions::Record;
    /// assert_eq!(Record::decode_data(r#"{"name":"Bipasha"}"#).unwrap()["name"], "Bipasha");
    /// assert!(Record::decode_data("null").is_none());
    /// ```
    pub fn decode_data(text: &str) -> Option<Map<String, Value>> {
        serde_json::from_str(text).ok()
    }

    /// The column `session_data`, readable in any database shell.
    ///
    /// ```
    /// # use rocket_diesel_sessions::{Expiry, Record};
    /// # use time::macros::datetime;
    /// let (expires, created) = (datetime!(2026-01-02 00:00 UTC), datetime!(2026-01-01 00:00 UTC));
    /// let record = Record::from_columns(r#"{ "name": "Bipasha" }"#, expires, created, 1, None, None).unwrap();
    /// assert_eq!(record.encode_data(), r#"{"name":"Bipasha"}"#);
    /// ```
    pub fn encode_data(&self) -> String {
        encode(&self.data)
    }

    /// The column `expiry`.
    ///
    /// ```
    /// # use rocket_diesel_sessions::{Expiry, Record};
    /// # use time::macros::datetime;
    /// let (expires, created) = (datetime!(2026-01-02 00:00 UTC), datetime!(2026-01-01 00:00 UTC));
    /// let record = Record::from_columns("{}", expires, created, 1, None, Some("after:300")).unwrap();
    /// assert_eq!(record.encode_expiry().as_deref(), Some("after:300"));
    /// ```
    pub fn encode_expiry(&self) -> Option<String> {
        self.expiry.to_column()
    }

    /// Whether a save leaves the columns alone that say whose session it is and how it ends. The index of the owners
    /// needs no writing then.
    pub(crate) fn keeps_owner_and_expiry(&self, saved: &Self) -> bool {
        (&self.owner, self.created_at, self.expiry) == (&saved.owner, saved.created_at, saved.expiry)
    }

    /// Refuses a value that no decoder would read back: one nested deeper than serde_json's limit of 128 would make the
    /// whole session unreadable.
    pub(crate) fn check_value(key: &str, value: &Value) -> Result<()> {
        /// And two more: the object of the session's keys, and in a sealed cookie the one around it.
        const DEEPEST: usize = 125;

        fn fits(value: &Value, left: usize) -> bool {
            match value {
                Value::Array(items) => left > 0 && items.iter().all(|item| fits(item, left - 1)),
                Value::Object(entries) => left > 0 && entries.values().all(|entry| fits(entry, left - 1)),
                _ => true,
            }
        }
        match fits(value, DEEPEST) {
            true => Ok(()),
            false => {
                Err(Error::value::<Value>(key, serde::ser::Error::custom("it is nested more than 125 levels deep")))
            }
        }
    }

    /// How much longer the data gets by an entry, at the most.
    pub(crate) fn size_of_entry(key: &str, value: &Value) -> usize {
        let text = |value: &Value| value.to_string().len();
        text(&Value::from(key)) + text(value) + ":,".len()
    }

    /// How long the data is, in bytes, as the store keeps it.
    pub(crate) fn size(&self) -> usize {
        encode(&self.data).len()
    }
}

fn encode(data: &Map<String, Value>) -> String {
    serde_json::to_string(data).expect("a map of JSON values with text keys is JSON")
}

/// Which records count, at one instant.
///
/// ```
/// use rocket_diesel_sessions::{Alive, Record};
///
/// /// What a store that keeps its records in a vector would do.
/// fn living(records: &[Record], alive: Alive) -> usize {
///     records.iter().filter(|record| alive.includes(record)).count()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alive {
    /// Records that expire later than this live.
    pub now: OffsetDateTime,
    /// With `absolute_age`, only records that were created later than this live, whatever their expiry says.
    pub created_after: Option<OffsetDateTime>,
}

impl Alive {
    /// Whether the record counts.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Alive, Record};
    ///
    /// let load = |record: Record, alive: Alive| Some(record).filter(|record| alive.includes(record));
    /// ```
    pub fn includes(&self, record: &Record) -> bool {
        record.expire_date > self.now && self.created_after.is_none_or(|after| record.created_at > after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sealed;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn the_deepest_value_that_is_taken_is_read_back_and_one_deeper_is_refused() {
        let mut record = Record::new(OffsetDateTime::UNIX_EPOCH);
        Record::check_value("deep", &nested(125)).unwrap();
        record.data.insert("deep".into(), nested(125));
        assert_eq!(Record::decode_data(&record.encode_data()).as_ref(), Some(&record.data));
        let key = crate::session::key::SessionKey::generate();
        assert_eq!(sealed::open(&sealed::seal(&key, &record)), Some((key, record)), "in a cookie too");
        for deeper in [nested(126), (0..125).fold(Value::Array(vec![]), |inner, _| Value::Array(vec![inner]))] {
            assert!(Record::check_value("deep", &deeper).is_err());
        }
    }
}
