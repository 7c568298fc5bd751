use std::sync::Arc;

use time::OffsetDateTime;

use super::changes::Changes;
use crate::error::Result;
use crate::handle::Handle;
use crate::record::{Alive, Record};
use crate::settings::Settings;

/// A renewal of a record: only the expire date moves.
///
/// ```
/// use rocket_diesel_sessions::{Record, Touch};
///
/// /// Renews a record that a store has found. Returns whether it was renewed.
/// fn touch(record: &mut Record, touch: Touch) -> bool {
///     let is_as_seen = (record.version, record.expire_date) == (touch.version, touch.from);
///     if is_as_seen && touch.alive.includes(record) {
///         record.expire_date = touch.to;
///         return true;
///     }
///     false
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Touch {
    /// The condition for a record that is alive.
    pub alive: Alive,
    /// The version that the request saw. If the record has another one, a save has set its expire date.
    pub version: i64,
    /// The expire date that the request saw. If the record has another one, it was renewed already.
    pub from: OffsetDateTime,
    /// The new expire date.
    pub to: OffsetDateTime,
}

/// The changes of a request to the record that it loaded.
///
/// ```
/// use rocket_diesel_sessions::{Error, Record, Result, Update};
///
/// /// Returns what a store has to keep in place of the record that it found.
/// fn update(found: Option<&Record>, update: &Update) -> Result<Record> {
///     let current = found.filter(|record| update.alive().includes(record)).ok_or(Error::Interrupted)?;
///     update.apply(current)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    pub(crate) loaded: Arc<Record>,
    pub(crate) changes: Changes,
    pub(crate) new_handle: Option<Handle>,
    pub(crate) now: OffsetDateTime,
    pub(crate) settings: Arc<Settings>,
}

impl Update {
    /// Returns the record as the request saw it. A store with compare-and-swap calls [`apply`](Self::apply) with this
    /// record first, and reads the record again only if its version has changed.
    pub fn loaded(&self) -> &Record {
        &self.loaded
    }

    /// Returns the handle of the record from now on, if it changes.
    pub fn new_handle(&self) -> Option<&Handle> {
        self.new_handle.as_ref()
    }

    /// Returns whether the changes sign an owner in.
    pub(crate) fn is_login(&self) -> bool {
        self.changes.is_login()
    }

    /// Returns the condition for a record that is alive. Others must not be updated.
    pub fn alive(&self) -> Alive {
        self.settings.alive(self.now)
    }

    /// Returns what to keep in place of `current`: the request's changes are applied to it key by key, the version is one
    /// higher, and the expire date is new. A store may call this as often as it needs to.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`](crate::Error::TooLarge) if two requests together wrote more than `max_size`. Nothing may be
    /// written then.
    pub fn apply(&self, current: &Record) -> Result<Record> {
        let mut next = current.clone();
        self.changes.apply(&mut next);
        next.version = next.version.saturating_add(1);
        next.expire_date = self.settings.expire_date(&next, self.now);
        self.settings.check_growth(current, &next)?;
        Ok(next)
    }
}
