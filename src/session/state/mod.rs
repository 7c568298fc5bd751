//! What one request did to its session. No clock, no cookie, no store: they ask this.

mod edit;
mod outcome;
#[cfg(test)]
mod tests;
mod visit;

pub(crate) use outcome::{Commit, Wanted};
pub(crate) use visit::{Loaded, Visit};

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::session::Handle;
use crate::session::changes::Changes;
use crate::session::expiry::whole_seconds;
use crate::session::key::SessionKey;
use crate::session::record::Record;
use crate::session::settings::Settings;

#[derive(Debug)]
pub(crate) struct State {
    settings: Arc<Settings>,
    opened_at: OffsetDateTime,
    /// What the cookie opened when the request began. Never edited: a failed handler goes back to it.
    visit: Visit,
    severed: Severed,
    /// A key drawn by this request: for its first change, or by `cycle_key`.
    drawn: Option<SessionKey>,
    /// The session as the request sees it: `loaded` with `changes`.
    record: Arc<Record>,
    changes: Changes,
    /// Activity without a change: the session may want renewal.
    renew: bool,
    /// The data is no longer than this; `None` until somebody inserts.
    size_bound: Option<usize>,
}

/// Whether the request gave its loaded session up. The stronger one stays: a login after a flush takes nothing of it
/// back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severed {
    No,
    /// For a new one, if its handler succeeds: a login over somebody else's session.
    Replaced,
    /// `flush` and `logout`: whatever becomes of the handler. Who asked to be signed out stays signed out.
    Flushed,
}

impl State {
    pub fn new(settings: Arc<Settings>, now: OffsetDateTime, visit: Visit) -> Self {
        let opened_at = whole_seconds(now);
        let record =
            visit.loaded.as_ref().map_or_else(|| Arc::new(Record::new(opened_at)), |loaded| loaded.record.clone());
        let renew = settings.save_every_request;
        Self {
            settings,
            opened_at,
            visit,
            severed: Severed::No,
            drawn: None,
            record,
            changes: Changes::default(),
            renew,
            size_bound: None,
        }
    }

    /// The state that a failed handler leaves to the catcher: all as loaded, except that a flush stands.
    pub fn as_loaded(&self) -> Self {
        let mut state = Self::new(self.settings.clone(), self.opened_at, self.visit.clone());
        if self.severed == Severed::Flushed {
            state.flush();
        }
        state
    }

    /// The state for the error page of a request whose session had ended: none.
    pub fn as_ended(&self) -> Self {
        Self::new(self.settings.clone(), self.opened_at, Visit::default())
    }

    pub fn opened_at(&self) -> OffsetDateTime {
        self.opened_at
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    pub fn handle(&self) -> Option<Handle> {
        self.key().map(SessionKey::handle)
    }

    /// Every handle that a store may know this session by before and after the commit.
    pub fn handles(&self) -> Vec<Handle> {
        let loaded = self.current().map(|loaded| loaded.key.handle());
        loaded.into_iter().chain(self.drawn.as_ref().map(SessionKey::handle)).collect()
    }

    pub fn is_modified(&self) -> bool {
        !self.changes.is_empty() || self.drawn.is_some() || self.severed != Severed::No
    }

    pub fn is_flushed(&self) -> bool {
        self.severed == Severed::Flushed
    }

    /// When the session ends as things stand: counted from now for one that this request saves, the stored date for one
    /// that it only read.
    pub fn expire_date(&self) -> OffsetDateTime {
        match self.current() {
            Some(loaded) if !self.is_modified() => loaded.record.expire_date,
            _ => self.settings.expire_date(&self.record, self.opened_at),
        }
    }

    /// Seconds from now to [`expire_date`](Self::expire_date), never negative.
    pub fn expiry_age(&self) -> Duration {
        (self.expire_date() - self.opened_at).try_into().unwrap_or_default()
    }

    pub fn expires_at_browser_close(&self) -> bool {
        self.settings.ends_with_the_browser(&self.record)
    }

    /// The loaded session, as long as the request has not given it up.
    fn current(&self) -> Option<&Loaded> {
        self.visit.loaded.as_ref().filter(|_| self.severed == Severed::No)
    }

    fn key(&self) -> Option<&SessionKey> {
        self.drawn.as_ref().or(self.current().map(|loaded| &loaded.key))
    }
}
