//! What a handler does to its session, in memory.

use std::sync::Arc;

use serde_json::Value;

use super::state::{GivenUp, State};
use crate::cookie::{MAX_COOKIE_SIZE, cookie_size};
use crate::error::{Error, Result};
use crate::expiry::Expiry;
use crate::key::SessionKey;
use crate::record::{LOGIN_KEY, Record};
use crate::settings::{Engine, Settings, refuse_growth};
use crate::store::Changes;

impl State {
    pub fn insert(&mut self, entries: Vec<(String, Value)>) -> Result<()> {
        if entries.iter().any(|(key, _)| key == LOGIN_KEY) {
            return Err(Error::ReservedKey);
        }
        self.check_size_with(&entries)?;
        self.wants_renewal = true;
        for (key, value) in entries {
            if self.record.data.get(&key) == Some(&value) {
                self.changes.insert_equal(&key, value);
            } else {
                self.changes.insert(&key, value.clone());
                self.record_mut().data.insert(key, value);
            }
        }
        if !self.changes.is_empty() {
            self.make_first_key();
        }
        Ok(())
    }

    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let is_there = self.record.data.contains_key(key);
        self.changes.remove(key, is_there || self.is_replaced());
        match is_there {
            true => self.record_mut().data.remove(key),
            false => None, // before the record is copied
        }
    }

    pub fn clear(&mut self) {
        if self.key().is_some() || self.is_replaced() {
            let record = self.record_mut();
            record.data.clear();
            record.expiry = Expiry::Default;
            self.changes.clear();
        }
    }

    pub fn set_expiry(&mut self, expiry: Expiry) -> Result<()> {
        let expiry = expiry.normalized(self.started_at)?;
        self.wants_renewal = true;
        let differs = self.record.expiry != expiry;
        self.changes.set_expiry(expiry, differs || self.is_replaced());
        if differs {
            self.record_mut().expiry = expiry;
            self.make_first_key();
        }
        Ok(())
    }

    pub fn cycle_key(&mut self) {
        if self.key().is_some() || self.is_replaced() {
            self.new_key = Some(SessionKey::generate());
        }
    }

    pub fn flush(&mut self) {
        self.start_over(GivenUp::Flushed);
        self.flushed_here = true;
    }

    pub fn login(&mut self, owner: &str) {
        if self.record.owner.as_deref().is_some_and(|before| before != owner) {
            self.start_over(GivenUp::Replaced);
        }
        self.new_key = Some(SessionKey::generate());
        let started_at = self.started_at;
        let record = self.record_mut();
        record.owner = Some(owner.to_owned());
        record.created_at = started_at;
        record.login_values.clear();
        self.changes.login(owner, self.started_at);
    }

    pub fn set_login_value(&mut self, name: &str, value: Value) -> Result<()> {
        if self.record.owner.is_none() {
            return Err(Error::NoOwner);
        }
        if self.record.login_values.get(name) == Some(&value) {
            return Ok(());
        }
        let mut next = Record::clone(&self.record);
        next.login_values.insert(name.to_owned(), value.clone());
        self.check_cookie_size(&next)?;
        self.record = Arc::new(next);
        self.changes.set_login_value(name, value);
        Ok(())
    }

    /// Refuses entries that would make the session too large. The size is measured only if an upper bound does not tell:
    /// otherwise a thousand inserts in a row would measure it a thousand times.
    fn check_size_with(&mut self, entries: &[(String, Value)]) -> Result<()> {
        let added: usize = entries.iter().map(|(key, value)| Record::size_of_entry(key, value)).sum();
        let bound = self.max_data_size.unwrap_or_else(|| self.record.size()) + added;
        if bound <= self.settings.max_size && self.settings.engine != Engine::Cookie {
            self.max_data_size = Some(bound);
            return Ok(());
        }
        let mut next = Record::clone(&self.record);
        next.data.extend(entries.iter().cloned());
        self.settings.check_growth(&self.record, &next)?;
        self.check_cookie_size(&next)?;
        self.max_data_size = Some(next.size());
        Ok(())
    }

    fn check_cookie_size(&self, next: &Record) -> Result<()> {
        let Settings { engine, cookie_name, .. } = &*self.settings;
        match engine {
            Engine::Cookie => {
                refuse_growth(MAX_COOKIE_SIZE, &self.record, next, |record| cookie_size(cookie_name, record))
            }
            _ => Ok(()),
        }
    }

    fn make_first_key(&mut self) {
        if self.key().is_none() {
            self.new_key = Some(SessionKey::generate());
        }
    }

    /// Returns the record to edit. It is copied at the first change, because most requests make none.
    fn record_mut(&mut self) -> &mut Record {
        Arc::make_mut(&mut self.record)
    }

    fn start_over(&mut self, given_up: GivenUp) {
        self.given_up = self.given_up.max(given_up);
        self.new_key = None;
        self.record = Arc::new(Record::new(self.started_at));
        self.changes = Changes::default();
    }
}
