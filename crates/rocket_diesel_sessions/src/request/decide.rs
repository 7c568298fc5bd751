//! Decides what a request's changes need: which cookie, and what the store has to do.

use std::time::Duration;

use time::OffsetDateTime;

use super::loaded::LoadedSession;
use super::state::{GivenUp, State};
use crate::expiry::whole_seconds;
use crate::handle::Handle;
use crate::key::SessionKey;
use crate::record::Record;
use crate::store::{Touch, Update};

/// The cookie that the response needs if the changes of a state are to be kept.
#[derive(Debug, PartialEq)]
pub(crate) enum NeededCookie<'s> {
    None,
    /// The key, and the Max-Age; `None`: until the browser closes.
    Key(&'s SessionKey, Option<Duration>),
    Removal,
}

/// Everything that one request can ask of the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Commit {
    /// The request only looked, or nothing is left to keep.
    Nothing,
    /// The request only looked, with a cookie that was encrypted with an old secret key: the cookie is sent again,
    /// encrypted with the new one.
    Resend,
    /// The request asked for a renewal, and it is due.
    Touch(Handle, Touch),
    /// The request wrote and had no session. The last field is the session that it gave up for the new one.
    Create(Handle, Record, Option<Handle>),
    /// The request wrote and had a session.
    Update(Handle, Box<Update>),
    /// The request ended the session. There may be no record of it.
    Delete(Option<Handle>),
}

impl State {
    /// Returns the cookie that the response needs if the changes are to be kept. It is queued at every change, even if the
    /// commit will have nothing to do: whether it is still queued later tells whether the handler failed.
    pub fn needed_cookie(&self) -> NeededCookie<'_> {
        match (self.key(), self.current()) {
            (None, _) if self.given_up == GivenUp::Flushed => NeededCookie::Removal,
            (None, _) => NeededCookie::None,
            (Some(_), Some(_)) if self.has_ended() => NeededCookie::Removal,
            (Some(key), Some(_)) if !self.is_modified() && !self.renewal_is_due() => match self.loaded.has_old_key {
                true => NeededCookie::Key(key, self.max_age()),
                false => NeededCookie::None,
            },
            (Some(key), _) => NeededCookie::Key(key, self.max_age()),
        }
    }

    /// Returns what the store has to do if the response is sent with its cookie.
    pub fn decide(&self, now: OffsetDateTime) -> Commit {
        let now = whole_seconds(now);
        match self.current() {
            Some(session) if self.has_ended() => Commit::Delete(Some(session.key.handle())),
            Some(session) if self.is_modified() => {
                let update = Update {
                    loaded: session.record.clone(),
                    changes: self.changes.clone(),
                    new_handle: self.new_key.as_ref().map(SessionKey::handle),
                    now,
                    settings: self.settings.clone(),
                };
                Commit::Update(session.key.handle(), Box::new(update))
            }
            Some(session) if self.renewal_is_due() => {
                let touch = Touch {
                    alive: self.settings.alive(now),
                    version: session.record.version,
                    from: session.record.expire_date,
                    to: self.settings.expire_date(&session.record, now),
                };
                Commit::Touch(session.key.handle(), touch)
            }
            Some(_) if self.loaded.has_old_key => Commit::Resend,
            Some(_) => Commit::Nothing,
            None => {
                let ended = self.ended_session();
                let needs_row = !self.record.data.is_empty() || self.record.owner.is_some();
                match &self.new_key {
                    Some(key) if needs_row && !self.has_ended() => {
                        let mut record = Record::clone(&self.record);
                        record.version = 1;
                        record.expire_date = self.settings.expire_date(&record, now);
                        Commit::Create(key.handle(), record, ended)
                    }
                    _ if self.given_up != GivenUp::No => Commit::Delete(ended),
                    _ => Commit::Nothing,
                }
            }
        }
    }

    /// Returns what the store has to do if the handler failed, or if the response lacks the cookie.
    pub fn decide_after_failure(&self) -> Commit {
        match self.is_flushed() {
            true => Commit::Delete(self.ended_session()),
            false => Commit::Nothing,
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

    /// Returns the record that the commit of this request leaves, if no other request changes it. The engine `"cookie"`
    /// sends it.
    pub fn next_record(&self) -> Record {
        let mut record = Record::clone(&self.record);
        record.version += i64::from(self.is_modified());
        record.expire_date = self.next_expire_date();
        record
    }

    /// Returns when the session ends if the cookie of this request is sent.
    fn next_expire_date(&self) -> OffsetDateTime {
        match self.current() {
            Some(_) if self.renewal_is_due() => self.settings.expire_date(&self.record, self.started_at),
            _ => self.expire_date(),
        }
    }

    fn max_age(&self) -> Option<Duration> {
        self.settings.cookie_max_age(&self.record, self.next_expire_date(), self.started_at)
    }

    fn renewal_is_due(&self) -> bool {
        let Some(LoadedSession { record, .. }) = self.current().filter(|_| self.wants_renewal) else {
            return false;
        };
        let gain = self.settings.expire_date(record, self.started_at) - record.expire_date;
        gain.is_positive() && gain >= self.settings.refresh_interval(record)
    }
}
