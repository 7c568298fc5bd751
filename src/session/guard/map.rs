//! The values: the session as a map.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Session;
use crate::session::{Error, Result};

impl Session<'_> {
    /// The value under `key`, or `None`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert_eq!(session.get::<String>("name")?, None);
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.get::<String>("name")?.as_deref(), Some("Bipasha"));
    /// assert!(session.get::<u8>("name").is_err());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let value = self.look(|state| state.record().data.get(key).cloned());
        value.map(|value| decode(key, value)).transpose()
    }

    /// The value under `key`, which has to be there: Django's `session['key']`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// let name: String = session.require("name")?;
    /// assert_eq!(name, "Bipasha");
    /// assert!(session.require::<String>("lname").is_err());
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MissingKey`] where it is not, [`Error::Value`] where it is of another type.
    pub fn require<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        self.get(key)?.ok_or_else(|| Error::MissingKey(key.to_owned()))
    }

    /// Puts a value under `key`: anything that is JSON. A value equal to the one that is there changes nothing, but
    /// counts as activity: the session is renewed when that is due.
    ///
    /// Two requests at the same time that insert different keys keep both; of one key the later commit wins. A number
    /// that is read, raised and inserted can so lose a step where requests overlap.
    ///
    /// As everywhere in JSON, a NaN or an infinite number becomes null.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.insert("cart", vec![("tea", 2), ("milk", 1)])?;
    /// assert_eq!(session.keys(), ["cart", "name"]);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value can't be JSON, or is nested more than 125 levels deep; [`Error::TooLarge`]
    /// where the data would outgrow `max_size`; [`Error::Committed`] once the response has begun. The session stays as
    /// it was.
    #[doc(alias = "__setitem__")]
    pub fn insert(&self, key: &str, value: impl Serialize) -> Result<()> {
        let value = encode(key, value)?;
        self.edit(|state| state.insert(vec![(key.to_owned(), value)]))
    }

    /// Removes `key`. Was it there? A key that is missing changes nothing. The last key leaves an empty session behind,
    /// with its row and its cookie.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert!(session.remove("name"));
    /// assert!(!session.remove("name"));
    /// # Ok(()) });
    /// ```
    #[doc(alias = "__delitem__")]
    #[doc(alias = "del")]
    pub fn remove(&self, key: &str) -> bool {
        self.edit_or_log("remove", |state| state.remove(key).is_some())
    }

    /// The value under `key`; `default`, from now on, where there is none: Django's `setdefault`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert_eq!(session.get_or_insert("theme", "light".to_string())?, "light");
    /// assert_eq!(session.get_or_insert("theme", "dark".to_string())?, "light");
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`insert`](Self::insert).
    #[doc(alias = "setdefault")]
    pub fn get_or_insert<T: Serialize + DeserializeOwned>(&self, key: &str, default: T) -> Result<T> {
        match self.get(key)? {
            Some(value) => Ok(value),
            None => {
                self.insert(key, &default)?;
                Ok(default)
            }
        }
    }

    /// Removes `key` and returns its value, or `None`: Django's `pop`. Two requests at the same time may both get it.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("message", "saved")?;
    /// assert_eq!(session.take::<String>("message")?.as_deref(), Some("saved"));
    /// assert_eq!(session.take::<String>("message")?, None);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the value is of another type, [`Error::Committed`] once the response has begun. The value
    /// stays then.
    #[doc(alias = "pop")]
    pub fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let value = self.get(key)?;
        if value.is_some() {
            self.edit(|state| Ok(state.remove(key)))?;
        }
        Ok(value)
    }

    /// Whether there is a value under `key`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("nothing", ())?;
    /// assert!(session.contains_key("nothing"));
    /// assert!(!session.contains_key("name"));
    /// # Ok(()) });
    /// ```
    #[doc(alias = "has_key")]
    pub fn contains_key(&self, key: &str) -> bool {
        self.look(|state| state.record().data.contains_key(key))
    }

    /// The keys that have values, in alphabetical order.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// session.insert("lname", "Codedec")?;
    /// assert_eq!(session.keys(), ["lname", "name"]);
    /// # Ok(()) });
    /// ```
    pub fn keys(&self) -> Vec<String> {
        self.look(|state| state.record().data.keys().cloned().collect())
    }

    /// How many values there are.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.len(), 1);
    /// # Ok(()) });
    /// ```
    pub fn len(&self) -> usize {
        self.look(|state| state.record().data.len())
    }

    /// Whether there are no values. (Django's `is_empty` asks for the key too: that is [`handle`](Self::handle).)
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// assert!(session.is_empty());
    /// session.insert("name", "Bipasha")?;
    /// assert!(!session.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of all values.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// session.insert("name", "Bipasha")?;
    /// assert_eq!(session.to_map()["name"], "Bipasha");
    /// # Ok(()) });
    /// ```
    #[doc(alias = "items")]
    pub fn to_map(&self) -> Map<String, Value> {
        self.look(|state| state.record().data.clone())
    }

    /// Inserts all entries, or none: Django's `update`.
    ///
    /// ```
    /// # rocket_diesel_sessions::example(|session| {
    /// use serde_json::json;
    ///
    /// session.extend([("name", json!("Bipasha")), ("age", json!(23))])?;
    /// assert_eq!(session.len(), 2);
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    #[doc(alias = "update")]
    pub fn extend(&self, entries: impl IntoIterator<Item = (impl Into<String>, Value)>) -> Result<()> {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        self.edit(|state| state.insert(entries))
    }
}

fn encode<T: Serialize>(key: &str, value: T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::value::<T>(key, error))
}

fn decode<T: DeserializeOwned>(key: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error::value::<T>(key, error))
}
