use std::collections::BTreeMap;
use std::mem;

use serde_json::Value;
use time::OffsetDateTime;

use crate::expiry::Expiry;
use crate::record::Record;

/// What one request did to its record, key by key, so that the same can be done to a newer record.
///
/// This is how two overlapping requests are merged: a request sends its changes to the store, not its record. So two
/// requests that change different keys lose nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Changes {
    /// The request removed everything that was there before `values`.
    cleared: bool,
    /// The keys that were inserted since (`Some`) or removed (`None`).
    values: BTreeMap<String, Option<Value>>,
    /// Whether a value or the expiry differs from what was loaded. What does not differ is no reason to save. If another
    /// change is, it is saved too, so that what one request wrote together stays together.
    differs: bool,
    expiry: Option<Expiry>,
    login: Option<Login>,
    login_values: BTreeMap<String, Value>,
}

/// Who signed in, and when. The absolute timeout counts from there.
#[derive(Clone, Debug, PartialEq)]
struct Login {
    owner: String,
    at: OffsetDateTime,
}

impl Changes {
    /// Returns whether there is nothing to save.
    pub fn is_empty(&self) -> bool {
        !self.differs && !self.cleared && self.login.is_none() && self.login_values.is_empty()
    }

    pub fn is_login(&self) -> bool {
        self.login.is_some()
    }

    pub fn insert(&mut self, key: &str, value: Value) {
        self.values.insert(key.to_owned(), Some(value));
        self.differs = true;
    }

    /// Records a value that was there already.
    pub fn insert_equal(&mut self, key: &str, value: Value) {
        self.values.insert(key.to_owned(), Some(value));
    }

    pub fn remove(&mut self, key: &str, differs: bool) {
        self.values.insert(key.to_owned(), None);
        self.differs |= differs;
    }

    /// Removes data and expiry, and forgets what this request did to them before. The owner stays signed in.
    pub fn clear(&mut self) {
        let (login, login_values) = (self.login.take(), mem::take(&mut self.login_values));
        *self = Self { cleared: true, login, login_values, ..Self::default() };
    }

    pub fn set_expiry(&mut self, expiry: Expiry, differs: bool) {
        self.expiry = Some(expiry);
        self.differs |= differs;
    }

    pub fn login(&mut self, owner: &str, at: OffsetDateTime) {
        self.login = Some(Login { owner: owner.to_owned(), at });
        self.login_values.clear();
    }

    pub fn set_login_value(&mut self, name: &str, value: Value) {
        self.login_values.insert(name.to_owned(), value);
    }

    /// Applies the changes to `record`. The caller sets the version and the expire date.
    pub fn apply(&self, record: &mut Record) {
        if self.cleared {
            record.data.clear();
            record.expiry = Expiry::Default;
        }
        for (key, value) in &self.values {
            match value {
                Some(value) => record.data.insert(key.clone(), value.clone()),
                None => record.data.remove(key),
            };
        }
        if let Some(expiry) = self.expiry {
            record.expiry = expiry;
        }
        if let Some(login) = &self.login {
            record.owner = Some(login.owner.clone());
            record.created_at = login.at;
            record.login_values.clear();
        }
        record.login_values.extend(self.login_values.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn record(data: Value) -> Record {
        let mut record = Record::new(datetime!(2026-01-01 00:00:00 UTC));
        record.data = serde_json::from_value(data).unwrap();
        record
    }

    #[test]
    fn changes_of_different_keys_are_all_kept() {
        let mut changes = Changes::default();
        changes.insert("mine", json!(1));
        changes.remove("old", true);
        let mut newer = record(json!({"old": 0, "theirs": 2}));
        changes.apply(&mut newer);
        assert_eq!(Value::Object(newer.data), json!({"mine": 1, "theirs": 2}));
    }

    #[test]
    fn a_clear_empties_the_newer_record_too_and_keeps_what_came_after_it() {
        let mut changes = Changes::default();
        changes.insert("before", json!(1));
        changes.set_expiry(Expiry::BrowserClose, true);
        changes.clear();
        changes.insert("after", json!(2));
        let mut newer = record(json!({"theirs": 3}));
        newer.expiry = Expiry::BrowserClose;
        changes.apply(&mut newer);
        assert_eq!(Value::Object(newer.data), json!({"after": 2}));
        assert_eq!(newer.expiry, Expiry::Default);
    }

    #[test]
    fn a_clear_signs_nobody_out() {
        let mut changes = Changes::default();
        changes.login("ada", datetime!(2026-01-02 00:00:00 UTC));
        changes.clear();
        let mut newer = record(json!({}));
        changes.apply(&mut newer);
        assert_eq!(newer.owner.as_deref(), Some("ada"));
    }
}
