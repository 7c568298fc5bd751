//! What comes of a request's changes: the cookie to send, and what to ask of the store.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Loaded, Severed, State};
use crate::session::expiry::whole_seconds;
use crate::session::key::SessionKey;
use crate::session::store::{Touch, Update};
use crate::session::{Handle, Record};

/// The cookie that a state wants its response to carry.
#[derive(Debug, PartialEq)]
pub(crate) enum Wanted<'s> {
    Nothing,
    /// The key, and for how long; `None`: until the browser closes.
    Key(&'s SessionKey, Option<Duration>),
    Removal,
}

/// All that one request can ask of the store, decided when its response is ready.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Commit {
    /// It only looked, or what it did left nothing to keep.
    Nothing,
    /// It only looked, with a cookie under an old secret key: the same cookie goes out again under the new one.
    Resend,
    /// It asked for renewal, and that is due.
    Touch(Handle, Touch),
    /// It wrote and had no session; the last field is the session that it gave up for that.
    Create(Handle, Record, Option<Handle>),
    /// It wrote and had a session.
    Update(Handle, Box<Update>),
    /// It ended the session; there may have been no record of it.
    Delete(Option<Handle>),
}

impl State {
    /// The cookie that the response has to carry if these changes are to stand. It is queued at every change, even one
    /// that the commit finds nothing in: whether it is still queued tells whether the handler failed.
    pub fn wanted(&self) -> Wanted<'_> {
        match (self.key(), self.current()) {
            (None, _) if self.severed == Severed::Flushed => Wanted::Removal,
            (None, _) => Wanted::Nothing,
            (Some(_), Some(_)) if self.has_ended() => Wanted::Removal,
            (Some(key), Some(_)) if !self.is_modified() && !self.renewal_is_due() => match self.visit.resend {
                true => Wanted::Key(key, self.max_age()),
                false => Wanted::Nothing,
            },
            (Some(key), _) => Wanted::Key(key, self.max_age()),
        }
    }

    /// What to ask of the store when the cookie is on its way.
    pub fn outcome(&self, now: OffsetDateTime) -> Commit {
        let now = whole_seconds(now);
        match self.current() {
            Some(loaded) if self.has_ended() => Commit::Delete(Some(loaded.key.handle())),
            Some(loaded) if self.is_modified() => {
                let update = Update {
                    loaded: loaded.record.clone(),
                    changes: self.changes.clone(),
                    new_handle: self.drawn.as_ref().map(SessionKey::handle),
                    now,
                    settings: self.settings.clone(),
                };
                Commit::Update(loaded.key.handle(), Box::new(update))
            }
            Some(loaded) if self.renewal_is_due() => {
                let touch = Touch {
                    alive: self.settings.alive(now),
                    version: loaded.record.version,
                    from: loaded.record.expire_date,
                    to: self.settings.expire_date(&loaded.record, now),
                };
                Commit::Touch(loaded.key.handle(), touch)
            }
            Some(_) if self.visit.resend => Commit::Resend,
            Some(_) => Commit::Nothing,
            None => {
                let given_up = self.given_up();
                let worth_a_row = !self.record.data.is_empty() || self.record.owner.is_some();
                match &self.drawn {
                    Some(key) if worth_a_row && !self.has_ended() => {
                        let mut record = Record::clone(&self.record);
                        record.version = 1;
                        record.expire_date = self.settings.expire_date(&record, now);
                        Commit::Create(key.handle(), record, given_up)
                    }
                    _ if self.severed != Severed::No => Commit::Delete(given_up),
                    _ => Commit::Nothing,
                }
            }
        }
    }

    /// What is left to do when the handler failed, or its cookie is not in the response.
    pub fn outcome_of_failure(&self) -> Commit {
        match self.is_flushed() {
            true => Commit::Delete(self.given_up()),
            false => Commit::Nothing,
        }
    }

    /// The row that the request leaves behind. A login over another owner ends what it loaded; a flush also what its
    /// cookie names and nobody could read.
    fn given_up(&self) -> Option<Handle> {
        let loaded = self.visit.loaded.as_ref().map(|loaded| loaded.key.handle());
        match self.severed {
            Severed::No => None,
            Severed::Replaced => loaded,
            Severed::Flushed => loaded.or_else(|| self.visit.claimed.clone()),
        }
    }

    /// Whether this request itself set an expiry in the past.
    fn has_ended(&self) -> bool {
        self.is_modified() && self.settings.expire_date(&self.record, self.opened_at) <= self.opened_at
    }

    /// The record as this request's commit would leave it, if nobody else changed it: what the engine `"cookie"` sends.
    pub fn next_record(&self) -> Record {
        let mut record = Record::clone(&self.record);
        record.version += i64::from(self.is_modified());
        record.expire_date = self.next_expire_date();
        record
    }

    /// When the session ends if this request's cookie goes out.
    fn next_expire_date(&self) -> OffsetDateTime {
        match self.current() {
            Some(_) if self.renewal_is_due() => self.settings.expire_date(&self.record, self.opened_at),
            _ => self.expire_date(),
        }
    }

    fn max_age(&self) -> Option<Duration> {
        self.settings.lifetime(&self.record, self.next_expire_date(), self.opened_at)
    }

    fn renewal_is_due(&self) -> bool {
        let Some(Loaded { record, .. }) = self.current().filter(|_| self.renew) else {
            return false;
        };
        let gain = self.settings.expire_date(record, self.opened_at) - record.expire_date;
        gain.is_positive() && gain >= self.settings.refresh_interval(record)
    }
}
