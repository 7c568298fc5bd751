use std::sync::Arc;

use time::OffsetDateTime;

use crate::session::changes::Changes;
use crate::session::record::{Alive, Record};
use crate::session::settings::Settings;
use crate::session::{Handle, Result};

/// A renewal: the expire date moves, nothing else does.
///
/// ```
/// use rocket_diesel_sessions::{Record, Touch};
///
/// /// What a store does with a record that it found.
/// fn touch(record: &mut Record, touch: Touch) -> bool {
///     let seen = (record.version, record.expire_date) == (touch.version, touch.from);
///     let due = seen && touch.alive.includes(record);
///     if due {
///         record.expire_date = touch.to;
///     }
///     due
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Touch {
    /// Which records count.
    pub alive: Alive,
    /// The version that the request saw. Where the record has another one, a save has given it its expire date.
    pub version: i64,
    /// The expire date that the request saw. Where the record has another one, it was renewed already.
    pub from: OffsetDateTime,
    /// The new expire date.
    pub to: OffsetDateTime,
}

/// A request's changes to the record that it loaded.
///
/// ```
/// use rocket_diesel_sessions::{Error, Record, Result, Update};
///
/// /// What a store does with a record that it found, or did not find.
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
    /// The record as the request saw it. A store with compare-and-swap tries [`apply`](Self::apply) on it first, and
    /// reads again only where the version has moved.
    ///
    /// ```
    /// use rocket_diesel_sessions::Update;
    ///
    /// fn expected_version(update: &Update) -> i64 {
    ///     update.loaded().version
    /// }
    /// ```
    pub fn loaded(&self) -> &Record {
        &self.loaded
    }

    /// The handle to keep the record under from now on, if it changes.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Handle, Update};
    ///
    /// fn keep_under<'a>(old: &'a Handle, update: &'a Update) -> &'a Handle {
    ///     update.new_handle().unwrap_or(old)
    /// }
    /// ```
    pub fn new_handle(&self) -> Option<&Handle> {
        self.new_handle.as_ref()
    }

    /// Which records count.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Record, Update};
    ///
    /// fn is_interrupted(found: Option<&Record>, update: &Update) -> bool {
    ///     !found.is_some_and(|record| update.alive().includes(record))
    /// }
    /// ```
    pub fn alive(&self) -> Alive {
        self.settings.alive(self.now)
    }

    /// What to keep in the place of `current`: the request's changes, key by key, one version up, with a new expire
    /// date. A store may call it as often as it needs to.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Result, Update};
    ///
    /// fn first_try(update: &Update) -> Result<String> {
    ///     Ok(update.apply(update.loaded())?.encode_data())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`](crate::Error::TooLarge) where two requests together wrote more than `max_size`. Then nothing
    /// may be written.
    pub fn apply(&self, current: &Record) -> Result<Record> {
        let mut next = current.clone();
        self.changes.apply(&mut next);
        next.version = next.version.saturating_add(1);
        next.expire_date = self.settings.expire_date(&next, self.now);
        self.settings.check_growth(current, &next)?;
        Ok(next)
    }
}
