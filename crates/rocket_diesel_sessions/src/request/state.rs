//! What one request did to its session. This file needs no clock, no cookie and no store.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::loaded::{Loaded, LoadedSession};
use crate::expiry::whole_seconds;
use crate::handle::Handle;
use crate::key::SessionKey;
use crate::record::Record;
use crate::settings::Settings;
use crate::store::Changes;

#[derive(Debug)]
pub(crate) struct State {
    pub(super) settings: Arc<Settings>,
    /// When the request asked for its session, in whole seconds.
    pub(super) started_at: OffsetDateTime,
    /// What the cookie brought. It is never edited: after a failed handler the state is made from it again.
    pub(super) loaded: Loaded,
    pub(super) given_up: GivenUp,
    /// This attempt has flushed, not one before it.
    pub(super) flushed_here: bool,
    /// A key that this request has made, for its first change or by `cycle_key`.
    pub(super) new_key: Option<SessionKey>,
    /// The session as the request sees it: the loaded record with `changes`.
    pub(super) record: Arc<Record>,
    pub(super) changes: Changes,
    /// The request was active without a change, so the session may have to be renewed.
    pub(super) wants_renewal: bool,
    /// The data has at most this size in bytes. `None` until something is inserted.
    pub(super) max_data_size: Option<usize>,
}

/// Whether the request gave up the session that it had loaded. The order matters: a later login never undoes a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GivenUp {
    No,
    /// Another owner signed in. The loaded session ends if the handler succeeds.
    Replaced,
    /// `flush` or `logout`. The loaded session ends even if the handler fails: a person who asked to be signed out stays
    /// signed out.
    Flushed,
}

impl State {
    pub fn new(settings: Arc<Settings>, now: OffsetDateTime, loaded: Loaded) -> Self {
        let started_at = whole_seconds(now);
        let record = match &loaded.session {
            Some(session) => session.record.clone(),
            None => Arc::new(Record::new(started_at)),
        };
        let wants_renewal = settings.save_every_request;
        Self {
            settings,
            started_at,
            loaded,
            given_up: GivenUp::No,
            flushed_here: false,
            new_key: None,
            record,
            changes: Changes::default(),
            wants_renewal,
            max_data_size: None,
        }
    }

    /// Returns the state that the catcher of a failed handler gets: as loaded, except that a flush stays.
    pub fn as_loaded(&self) -> Self {
        let mut state = Self::new(self.settings.clone(), self.started_at, self.loaded.clone());
        if self.is_flushed() {
            state.flush();
            state.flushed_here = false;
        }
        state
    }

    /// Returns the state for the error page of a request whose session had ended: an empty one.
    pub fn as_ended(&self) -> Self {
        Self::new(self.settings.clone(), self.started_at, Loaded::default())
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    pub fn handle(&self) -> Option<Handle> {
        self.key().map(SessionKey::handle)
    }

    /// Returns every handle under which a store may have this session before and after the commit.
    pub fn handles(&self) -> Vec<Handle> {
        let current = self.current().map(|session| session.key.handle());
        current.into_iter().chain(self.new_key.as_ref().map(SessionKey::handle)).collect()
    }

    pub fn is_modified(&self) -> bool {
        !self.changes.is_empty() || self.new_key.is_some() || self.given_up != GivenUp::No
    }

    /// Returns whether something has to be done if the response succeeds.
    pub fn needs_commit(&self) -> bool {
        let wants_cookie = self.wants_renewal || self.loaded.has_old_key;
        self.is_modified() || (wants_cookie && self.current().is_some())
    }

    pub fn is_flushed(&self) -> bool {
        self.given_up == GivenUp::Flushed
    }

    /// Returns when the session ends. This is counted from now if the request saves the session. Otherwise it is the date
    /// in the store.
    pub fn expire_date(&self) -> OffsetDateTime {
        match self.current() {
            Some(session) if !self.is_modified() => session.record.expire_date,
            _ => self.settings.expire_date(&self.record, self.started_at),
        }
    }

    /// Returns the time from now to [`expire_date`](Self::expire_date), never negative.
    pub fn expiry_age(&self) -> Duration {
        (self.expire_date() - self.started_at).try_into().unwrap_or_default()
    }

    pub fn expires_at_browser_close(&self) -> bool {
        self.settings.expires_at_browser_close(&self.record)
    }

    /// Returns whether somebody is signed in, or was before the request.
    pub fn has_owner(&self) -> bool {
        let loaded = self.loaded.session.as_ref().map(|session| &session.record);
        loaded.into_iter().chain([&self.record]).any(|record| record.owner.is_some())
    }

    /// Returns whether the session has another key by now. Then nothing can be changed but by a login.
    pub(super) fn is_replaced(&self) -> bool {
        self.loaded.replaced.is_some()
    }

    /// Returns the loaded session, unless the request has given it up.
    pub(super) fn current(&self) -> Option<&LoadedSession> {
        self.loaded.session.as_ref().filter(|_| self.given_up == GivenUp::No)
    }

    pub(super) fn key(&self) -> Option<&SessionKey> {
        self.new_key.as_ref().or(self.current().map(|session| &session.key))
    }
}
