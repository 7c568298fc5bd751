//! What a handler does to its session.

use std::sync::Arc;

use serde_json::Value;

use super::{Severed, State};
use crate::session::changes::Changes;
use crate::session::key::SessionKey;
use crate::session::record::Record;
use crate::session::settings::Engine;
use crate::session::{Expiry, Result};

impl State {
    pub fn insert(&mut self, entries: Vec<(String, Value)>) -> Result<()> {
        for (key, value) in &entries {
            Record::check_value(key, value)?;
        }
        self.check_size_with(&entries)?;
        self.renew = true;
        for (key, value) in entries {
            if self.record.data.get(&key) == Some(&value) {
                self.changes.repeat(&key, value);
            } else {
                self.changes.insert(&key, value.clone());
                self.record_mut().data.insert(key, value);
            }
        }
        if !self.changes.is_empty() {
            self.draw_first_key();
        }
        Ok(())
    }

    pub fn remove(&mut self, key: &str) -> Option<Value> {
        if !self.record.data.contains_key(key) {
            return None; // without a copy of the record
        }
        self.changes.remove(key);
        self.record_mut().data.remove(key)
    }

    pub fn clear(&mut self) {
        if self.key().is_some() {
            let record = self.record_mut();
            record.data.clear();
            record.expiry = Expiry::Default;
            self.changes.clear();
        }
    }

    pub fn set_expiry(&mut self, expiry: Expiry) -> Result<()> {
        let expiry = expiry.normalized(self.opened_at)?;
        self.renew = true;
        if self.record.expiry != expiry {
            self.record_mut().expiry = expiry;
            self.changes.set_expiry(expiry);
            self.draw_first_key();
        }
        Ok(())
    }

    pub fn cycle_key(&mut self) {
        if self.key().is_some() {
            self.drawn = Some(SessionKey::generate());
        }
    }

    pub fn flush(&mut self) {
        self.start_over(Severed::Flushed);
    }

    pub fn login(&mut self, owner: &str) {
        if self.record.owner.as_deref().is_some_and(|before| before != owner) {
            self.start_over(Severed::Replaced);
        }
        self.drawn = Some(SessionKey::generate());
        let opened_at = self.opened_at;
        let record = self.record_mut();
        record.owner = Some(owner.to_owned());
        record.created_at = opened_at;
        self.changes.login(owner, self.opened_at);
    }

    /// Refuses entries that would make the session too large. As long as a bound of its size is enough to tell, it is
    /// not measured: a thousand inserts in a row would measure it a thousand times.
    fn check_size_with(&mut self, entries: &[(String, Value)]) -> Result<()> {
        let added: usize = entries.iter().map(|(key, value)| Record::size_of_entry(key, value)).sum();
        let bound = self.size_bound.unwrap_or_else(|| self.record.size()) + added;
        if bound <= self.settings.max_size && self.settings.engine != Engine::Cookie {
            self.size_bound = Some(bound);
            return Ok(());
        }
        let mut next = Record::clone(&self.record);
        next.data.extend(entries.iter().cloned());
        self.settings.check_growth(&self.record, &next)?;
        self.size_bound = Some(next.size());
        Ok(())
    }

    fn draw_first_key(&mut self) {
        if self.key().is_none() {
            self.drawn = Some(SessionKey::generate());
        }
    }

    /// The record, copied at the first change: most requests make none.
    fn record_mut(&mut self) -> &mut Record {
        Arc::make_mut(&mut self.record)
    }

    fn start_over(&mut self, severed: Severed) {
        self.severed = self.severed.max(severed);
        self.drawn = None;
        self.record = Arc::new(Record::new(self.opened_at));
        self.changes = Changes::default();
    }
}
