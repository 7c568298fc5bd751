use std::ops::Range;

use time::OffsetDateTime;

use super::position::Position;
use crate::handle::Handle;
use crate::record::{Alive, Record};

/// Says which sessions to look for: all, or those that meet every condition that is set.
///
/// ```
/// use rocket_diesel_sessions::Filter;
/// use time::{Duration, OffsetDateTime};
///
/// /// The sessions in which somebody signed in during the last day.
/// fn recent_logins(now: OffsetDateTime) -> Filter {
///     Filter::all().signed_in(true).alive(true).created(now - Duration::DAY..now + Duration::SECOND)
/// }
/// ```
///
/// A form can leave conditions open. It sets the fields, in which `None` is no condition: `filter.alive = form.alive`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// See [`Filter::handle_prefix`].
    pub handle_prefix: Option<String>,
    /// See [`Filter::of_owners`].
    pub owners: Option<Vec<String>>,
    /// See [`Filter::signed_in`].
    pub signed_in: Option<bool>,
    /// See [`Filter::alive`].
    pub alive: Option<bool>,
    /// See [`Filter::created`].
    pub created: Option<Range<OffsetDateTime>>,
    /// See [`Filter::expires`].
    pub expires: Option<Range<OffsetDateTime>>,
    /// See [`Filter::after`].
    pub after: Option<Position>,
    /// See [`Filter::scan_limit`].
    pub scan_limit: Option<usize>,
}

impl Filter {
    /// Returns the filter without a condition. It finds expired sessions too, until the sweeper has deleted them.
    pub fn all() -> Self {
        Self::default()
    }

    /// Finds sessions whose handle begins with these digits, such as the eight that are in the log. Handles are lowercase
    /// hexadecimal, so a text with anything else finds nothing.
    pub fn handle_prefix(self, digits: impl Into<String>) -> Self {
        Self { handle_prefix: Some(digits.into()), ..self }
    }

    /// Finds the sessions of one owner.
    pub fn of_owner(self, owner: impl Into<String>) -> Self {
        self.of_owners([owner])
    }

    /// Finds the sessions of any of these owners. An empty list finds nothing.
    pub fn of_owners<O: Into<String>>(self, owners: impl IntoIterator<Item = O>) -> Self {
        Self { owners: Some(owners.into_iter().map(Into::into).collect()), ..self }
    }

    /// Finds sessions that have an owner, or with `false` those that have none.
    pub fn signed_in(self, signed_in: bool) -> Self {
        Self { signed_in: Some(signed_in), ..self }
    }

    /// Finds sessions that are alive, or with `false` those that have expired.
    pub fn alive(self, alive: bool) -> Self {
        Self { alive: Some(alive), ..self }
    }

    /// Finds sessions with a [`created_at`](Record::created_at) in this range. Its end is not part of it.
    pub fn created(self, range: Range<OffsetDateTime>) -> Self {
        Self { created: Some(range), ..self }
    }

    /// Finds sessions with an [`expire_date`](Record::expire_date) in this range. Its end is not part of it.
    pub fn expires(self, range: Range<OffsetDateTime>) -> Self {
        Self { expires: Some(range), ..self }
    }

    /// Finds sessions that follow this place in the list, which has the newest first. With the place where a page ended
    /// ([`Found::next`](crate::Found::next)), each page costs the same, however long the list is. Sessions that begin in
    /// the meantime move nothing to another page.
    pub fn after(self, position: Position) -> Self {
        Self { after: Some(position), ..self }
    }

    /// Looks at no more than `sessions` sessions for one page, and at least at one. Otherwise, a page of sessions that are
    /// rare, such as expired ones, can cost a look at the whole table. A page that ends early says in
    /// [`Found::next`](crate::Found::next) where to continue.
    ///
    /// Sessions that [`created`](Self::created) and [`after`](Self::after) exclude don't count. There is no limit if none
    /// is set, and with a handle's prefix or an owner none is needed. A count ignores it.
    pub fn scan_limit(self, sessions: usize) -> Self {
        Self { scan_limit: Some(sessions), ..self }
    }

    /// Returns whether a session meets all conditions. This is their definition: a store has to find exactly these.
    ///
    /// `alive` says which records are alive now.
    pub fn includes(&self, handle: &Handle, record: &Record, alive: Alive) -> bool {
        let owner = record.owner.as_ref();
        self.reaches(handle, record)
            && self.handle_prefix.as_ref().is_none_or(|digits| handle.as_str().starts_with(digits))
            && self.owners.as_ref().is_none_or(|owners| owner.is_some_and(|owner| owners.contains(owner)))
            && self.signed_in.is_none_or(|signed_in| owner.is_some() == signed_in)
            && self.alive.is_none_or(|is_alive| alive.includes(record) == is_alive)
            && self.expires.as_ref().is_none_or(|range| range.contains(&record.expire_date))
    }

    /// Returns whether a session is in the part of the list that `created` and `after` leave. A scan limit counts in it.
    pub(super) fn reaches(&self, handle: &Handle, record: &Record) -> bool {
        self.created.as_ref().is_none_or(|range| range.contains(&record.created_at))
            && self.after.as_ref().is_none_or(|after| Position::of(handle, record) > *after)
    }

    /// Returns at how many sessions a search may look: at least at one, so that each page gets further.
    pub(super) fn scan_at_most(&self) -> Option<usize> {
        self.scan_limit.map(|sessions| sessions.max(1))
    }
}
