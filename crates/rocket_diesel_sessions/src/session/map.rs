//! The values of the session, as a map.

use std::panic::Location;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::encoding::{decode, encode};
use super::guard::Session;
use crate::error::{Error, Result};
use crate::record::Record;

impl Session<'_> {
    /// Returns the value under `key`, or `None`.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Bipasha"));
    /// assert_eq!(session.get::<String>("lname")?, None);
    /// assert!(session.get::<u8>("name").is_err());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value has another type.
    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        decode(self.read(|state| state.record().data.get(key).cloned()))
    }

    /// Returns the value under `key`, which has to exist. Django: `session['key']`.
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`] if there is no value, [`Error::Value`] if it has another type.
    #[track_caller]
    pub fn require<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let at = Location::caller();
        self.get(key)?.ok_or(Error::MissingKey { at })
    }

    /// Stores a value under `key`. It can be anything that serde can turn into JSON. If an equal value is there already,
    /// nothing changes, but the request counts as activity: the session is renewed if that is due.
    ///
    /// If two requests overlap and insert different keys, both values are kept. If they insert the same key, the later
    /// commit wins. So a counter that is read, increased and inserted can miss a step.
    ///
    /// As everywhere in JSON, a NaN or an infinite number becomes null.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.insert("cart", vec![("tea", 2), ("milk", 1)])?;
    /// assert_eq!(session.keys(), ["cart", "name"]);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value can't be JSON or is nested more than 125 levels deep; [`Error::TooLarge`] if the data
    /// would be larger than `max_size`; [`Error::ReservedKey`] for the key `$login`; [`Error::Committed`] if the response has
    /// begun. The session stays as it was.
    #[doc(alias = "__setitem__")]
    #[track_caller]
    pub fn insert(&self, key: &str, value: impl Serialize) -> Result<()> {
        let value = encode(value)?;
        self.edit(|state| state.insert(vec![(key.to_owned(), value)]))
    }

    /// Removes `key`. Returns whether it was there. If it was not, nothing changes. A session without keys still has its row
    /// and its cookie.
    #[doc(alias = "__delitem__")]
    #[doc(alias = "del")]
    pub fn remove(&self, key: &str) -> bool {
        self.edit_or_log("remove", |state| state.remove(key).is_some())
    }

    /// Returns the value under `key`. If there is none, inserts `default` and returns it. Django: `setdefault`.
    ///
    /// # Errors
    ///
    /// The errors of [`get`](Self::get) and [`insert`](Self::insert).
    #[doc(alias = "setdefault")]
    #[track_caller]
    pub fn get_or_insert<T: Serialize + DeserializeOwned>(&self, key: &str, default: T) -> Result<T> {
        match self.get(key)? {
            Some(value) => Ok(value),
            None => {
                self.insert(key, &default)?;
                Ok(default)
            }
        }
    }

    /// Removes `key` and returns its value, or `None`. Django: `pop`. Two overlapping requests may both get the value.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the value has another type, [`Error::Committed`] if the response has begun. The value stays then.
    #[doc(alias = "pop")]
    #[track_caller]
    pub fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let value = self.get(key)?;
        if value.is_some() {
            self.edit(|state| Ok(state.remove(key)))?;
        }
        Ok(value)
    }

    /// Returns whether there is a value under `key`.
    #[doc(alias = "has_key")]
    pub fn contains_key(&self, key: &str) -> bool {
        self.read(|state| state.record().data.contains_key(key))
    }

    /// Returns the keys that have values, in alphabetical order.
    pub fn keys(&self) -> Vec<String> {
        self.read(|state| state.record().data.keys().cloned().collect())
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.read(|state| state.record().data.len())
    }

    /// Returns whether there are no values. (Django's `is_empty` also asks whether there is a key. Here that is
    /// [`handle`](Self::handle).)
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a copy of all values.
    #[doc(alias = "items")]
    pub fn to_map(&self) -> Map<String, Value> {
        self.read(|state| state.record().data.clone())
    }

    /// Inserts all entries, or none if one is refused. Django: `update`.
    ///
    /// ```
    /// # rocket_diesel_sessions::testing::example(|session| {
    /// use serde_json::json;
    ///
    /// session.extend([("name", json!("Bipasha")), ("age", json!(23))])?;
    /// assert_eq!(session.len(), 2);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`insert`](Self::insert).
    #[doc(alias = "update")]
    #[track_caller]
    pub fn extend(&self, entries: impl IntoIterator<Item = (impl Into<String>, Value)>) -> Result<()> {
        let entries: Vec<(String, Value)> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        if !entries.iter().all(|(_, value)| Record::can_hold(value)) {
            return Err(Error::value::<Value>());
        }
        self.edit(|state| state.insert(entries))
    }
}
