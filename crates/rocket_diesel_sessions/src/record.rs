use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::expiry::Expiry;

/// A session as a store keeps it: one row of the table, without its key.
///
/// A store that keeps documents can serialize a record with serde. A store with columns reads them by
/// [`from_columns`](Self::from_columns).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The visitor's data.
    pub data: Map<String, Value>,
    /// The session lives until this instant. UTC, whole seconds.
    #[serde(with = "time::serde::rfc3339")]
    pub expire_date: OffsetDateTime,
    /// When the session began, or when its owner last signed in. UTC, whole seconds.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// One more at each save. A touch does not change it.
    pub version: i64,
    /// Who is signed in. A store may refuse a NUL in it, as PostgreSQL does.
    pub owner: Option<String>,
    /// What [`set_login_value`](crate::Session::set_login_value) has stored.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub login_values: Map<String, Value>,
    /// What `set_expiry` asked for.
    pub expiry: Expiry,
}

/// The key in the column `session_data` under which the values of the login are. A session can't have a value under it.
pub(crate) const LOGIN_KEY: &str = "$login";

/// The columns of a record, for [`Record::from_columns`]. They have the names of the table.
#[derive(Clone, Debug)]
pub struct Columns<'a> {
    /// The data, as a JSON object. The values of the login are in it too.
    pub session_data: &'a str,
    /// See [`Record::expire_date`].
    pub expire_date: OffsetDateTime,
    /// See [`Record::created_at`].
    pub created_at: OffsetDateTime,
    /// See [`Record::version`].
    pub version: i64,
    /// See [`Record::owner`].
    pub owner: Option<String>,
    /// What `set_expiry` asked for: `after:300`, `at:…` or `close`; `None` for the settings.
    pub expiry: Option<&'a str>,
}

impl Record {
    /// Returns an empty record that begins at `now`. It has version 0 until a store has it.
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self {
            data: Map::new(),
            expire_date: now,
            created_at: now,
            version: 0,
            owner: None,
            login_values: Map::new(),
            expiry: Expiry::Default,
        }
    }

    /// Returns the record that a store's columns hold, or `None` if this library can't have written them.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Columns, Expiry, Record};
    /// use time::macros::datetime;
    ///
    /// let columns = Columns {
    ///     session_data: r#"{"name":"Bipasha"}"#,
    ///     expire_date: datetime!(2026-01-02 00:00 UTC),
    ///     created_at: datetime!(2026-01-01 00:00 UTC),
    ///     version: 1,
    ///     owner: None,
    ///     expiry: Some("close"),
    /// };
    /// let record = Record::from_columns(columns.clone()).unwrap();
    /// assert_eq!(record.expiry, Expiry::BrowserClose);
    /// assert!(Record::from_columns(Columns { expiry: Some("tomorrow"), ..columns }).is_none());
    /// ```
    pub fn from_columns(columns: Columns<'_>) -> Option<Self> {
        let Columns { session_data, expire_date, created_at, version, owner, expiry } = columns;
        let mut data = Self::decode_data(session_data)?;
        let login_values = match data.remove(LOGIN_KEY) {
            Some(Value::Object(values)) => values,
            Some(_) => return None,
            None => Map::new(),
        };
        Self { data, expire_date, created_at, version, owner, login_values, expiry: Expiry::Default }
            .with_expiry(expiry)
    }

    /// Returns the record with the expiry of its column, or `None` if `set_expiry` can't have written the column.
    pub(crate) fn with_expiry(self, column: Option<&str>) -> Option<Self> {
        let expiry: Expiry = column.map_or(Ok(Expiry::Default), str::parse).ok()?;
        Some(Self { expiry: expiry.normalized(self.created_at).ok()?, ..self })
    }

    /// Reads the column `session_data`. Returns `None` if it is not a JSON object.
    pub fn decode_data(text: &str) -> Option<Map<String, Value>> {
        serde_json::from_str(text).ok()
    }

    /// Returns the column `session_data`: JSON, readable in any database shell.
    pub fn encode_data(&self) -> String {
        if self.login_values.is_empty() {
            return encode(&self.data);
        }
        let mut column = self.data.clone();
        column.insert(LOGIN_KEY.to_owned(), self.login_values.clone().into());
        encode(&column)
    }

    /// Returns the column `expiry`.
    pub fn encode_expiry(&self) -> Option<String> {
        self.expiry.to_column()
    }

    /// Returns whether the columns for the owner and the expiry are the same as in `saved`. If they are, a save does not
    /// need to write the index of the owners.
    pub(crate) fn keeps_owner_and_expiry(&self, saved: &Self) -> bool {
        (&self.owner, self.created_at, self.expiry) == (&saved.owner, saved.created_at, saved.expiry)
    }

    /// Returns whether a decoder would read the value back: serde_json's limit is 128 levels, and a deeper value would make
    /// the whole session unreadable.
    pub(crate) fn can_hold(value: &Value) -> bool {
        /// Two levels more are the object of the session's keys and, with the engine `"cookie"`, the object around it.
        const DEEPEST: usize = 125;

        fn fits(value: &Value, left: usize) -> bool {
            match value {
                Value::Array(items) => left > 0 && items.iter().all(|item| fits(item, left - 1)),
                Value::Object(entries) => left > 0 && entries.values().all(|entry| fits(entry, left - 1)),
                _ => true,
            }
        }
        fits(value, DEEPEST)
    }

    /// Returns the number of bytes by which an entry makes the data longer, at most.
    pub(crate) fn size_of_entry(key: &str, value: &Value) -> usize {
        let text = |value: &Value| value.to_string().len();
        text(&Value::from(key)) + text(value) + ":,".len()
    }

    /// Returns the length of the data in bytes, as the store keeps it.
    pub(crate) fn size(&self) -> usize {
        encode(&self.data).len()
    }
}

fn encode(data: &Map<String, Value>) -> String {
    serde_json::to_string(data).expect("a map of JSON values with text keys is JSON")
}

/// Says which records are alive at one instant. All others have expired.
///
/// ```
/// use rocket_diesel_sessions::{Alive, Record};
///
/// /// Counts the sessions of a store that keeps its records in a slice.
/// fn count(records: &[Record], alive: Alive) -> usize {
///     records.iter().filter(|record| alive.includes(record)).count()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alive {
    /// Records with a later expire date are alive.
    pub now: OffsetDateTime,
    /// With `absolute_age`, a record must also have been created after this instant.
    pub created_after: Option<OffsetDateTime>,
}

impl Alive {
    /// Returns the condition at `now`, without an `absolute_age`.
    pub fn at(now: OffsetDateTime) -> Self {
        Self { now, created_after: None }
    }

    /// Returns whether the record is alive.
    pub fn includes(&self, record: &Record) -> bool {
        record.expire_date > self.now && self.created_after.is_none_or(|after| record.created_at > after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie;
    use crate::key::SessionKey;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn the_deepest_value_that_is_accepted_is_read_back_and_a_deeper_one_is_refused() {
        let mut record = Record::new(OffsetDateTime::UNIX_EPOCH);
        assert!(Record::can_hold(&nested(125)));
        record.data.insert("deep".into(), nested(125));
        assert_eq!(Record::decode_data(&record.encode_data()).as_ref(), Some(&record.data));
        let key = SessionKey::generate();
        assert_eq!(cookie::decode(&cookie::encode(&key, &record)), Some((key, record)), "in a cookie too");
        for deeper in [nested(126), (0..125).fold(Value::Array(vec![]), |inner, _| Value::Array(vec![inner]))] {
            assert!(!Record::can_hold(&deeper));
        }
    }

    #[test]
    fn a_record_survives_json() {
        let mut record = Record::new(OffsetDateTime::UNIX_EPOCH);
        record.data.insert("name".into(), "Bipasha".into());
        for expiry in [Expiry::Default, Expiry::BrowserClose, Expiry::At(OffsetDateTime::UNIX_EPOCH)] {
            record.expiry = expiry;
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
        }
    }
}
