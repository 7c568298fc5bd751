//! Decides what the store has to do for a request.

use time::OffsetDateTime;

use super::loaded::LoadedSession;
use super::state::{GivenUp, State};
use crate::expiry::whole_seconds;
use crate::handle::Handle;
use crate::key::SessionKey;
use crate::record::Record;
use crate::store::{Touch, Update};

/// Everything that one request can ask of the store. A key and a record are for the cookie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Commit {
    /// The request only looked, or nothing is left to keep.
    Nothing,
    /// The request only looked, with a cookie that was encrypted with an old secret key: the cookie is sent again,
    /// encrypted with the new one.
    Resend { key: SessionKey, record: Record },
    /// The request asked for a renewal, and it is due.
    Touch { key: SessionKey, renewed: Record, touch: Touch },
    /// The request wrote and had no session. A login over another owner's session replaces that one.
    Create { key: SessionKey, record: Record, replaces: Option<Handle> },
    /// The request wrote and had a session, under the handle `old`.
    Update { key: SessionKey, old: Handle, update: Box<Update> },
    /// The request changed a session that has another key by now.
    Refuse(Handle),
    /// The request ended the session. There may be no record of it.
    Delete(Option<Handle>),
}

impl State {
    /// Returns what the store has to do if the request succeeded.
    pub fn decide(&self, now: OffsetDateTime) -> Commit {
        let now = whole_seconds(now);
        let Some(LoadedSession { key, record }) = self.current() else { return self.decide_without_session(now) };
        if self.has_ended() {
            return Commit::Delete(Some(key.handle()));
        }
        if self.is_modified() {
            let update = Update {
                loaded: record.clone(),
                changes: self.changes.clone(),
                new_handle: self.new_key.as_ref().map(SessionKey::handle),
                now,
                settings: self.settings.clone(),
            };
            let new_key = self.new_key.as_ref().unwrap_or(key);
            return Commit::Update { key: new_key.clone(), old: key.handle(), update: Box::new(update) };
        }
        let renewed = Record { expire_date: self.settings.expire_date(record, now), ..Record::clone(record) };
        if self.wants_renewal && self.is_renewal_due(record) {
            let touch = Touch {
                alive: self.settings.alive(now),
                version: record.version,
                from: record.expire_date,
                to: renewed.expire_date,
            };
            return Commit::Touch { key: key.clone(), renewed, touch };
        }
        match self.loaded.has_old_key {
            true => Commit::Resend { key: key.clone(), record: Record::clone(record) },
            false => Commit::Nothing,
        }
    }

    /// Returns what the store has to do if the request failed: only a flush stays.
    pub fn decide_after_failure(&self) -> Commit {
        match self.is_flushed() && !self.is_replaced() {
            true => Commit::Delete(self.ended_session()),
            false => Commit::Nothing,
        }
    }

    fn decide_without_session(&self, now: OffsetDateTime) -> Commit {
        if let Some(replaced) = &self.loaded.replaced
            && self.is_modified()
            && self.record.owner.is_none()
        {
            return Commit::Refuse(replaced.clone());
        }
        let needs_row = !self.record.data.is_empty() || self.record.owner.is_some();
        match &self.new_key {
            Some(key) if needs_row && !self.has_ended() => {
                let mut record = Record::clone(&self.record);
                record.version = 1;
                record.expire_date = self.settings.expire_date(&record, now);
                Commit::Create { key: key.clone(), record, replaces: self.ended_session() }
            }
            _ if self.given_up != GivenUp::No => Commit::Delete(self.ended_session()),
            _ => Commit::Nothing,
        }
    }

    /// Returns the session that the request ends. A login over another owner ends the session that was loaded. A flush also
    /// ends a session that the cookie names and nobody could read.
    fn ended_session(&self) -> Option<Handle> {
        let loaded = self.loaded.session.as_ref().map(|session| session.key.handle());
        match self.given_up {
            GivenUp::No => None,
            GivenUp::Replaced => loaded,
            GivenUp::Flushed => loaded.or_else(|| self.loaded.handle.clone()),
        }
    }

    /// Returns whether this request itself set an expiry in the past.
    fn has_ended(&self) -> bool {
        self.is_modified() && self.settings.expire_date(&self.record, self.started_at) <= self.started_at
    }

    /// Returns whether a renewal when the request began would have moved the expire date far enough to be worth a write.
    fn is_renewal_due(&self, record: &Record) -> bool {
        let gain = self.settings.expire_date(record, self.started_at) - record.expire_date;
        gain.is_positive() && gain >= self.settings.refresh_interval(record)
    }
}
