use serde::Serialize;

use super::position::Position;
use crate::handle::Handle;
use crate::record::Record;

/// A page of the sessions that a [`Filter`](crate::Filter) finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The sessions, the newest first.
    pub sessions: Vec<Listed>,
    /// Where the next page begins, for [`Filter::after`](crate::Filter::after), or `None` if no session is left. With a
    /// [`scan_limit`](crate::Filter::scan_limit), there can be a next page though this one is not full, or empty.
    pub next: Option<Position>,
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// The public name of the session, for [`Sessions::revoke`](crate::Sessions::revoke).
    pub handle: Handle,
    /// What the store has.
    pub record: Record,
}

impl Listed {
    /// Returns an entry of a list, for a store.
    pub fn new(handle: Handle, record: Record) -> Self {
        Self { handle, record }
    }

    /// Returns the place of the session in the list.
    pub fn position(&self) -> Position {
        Position::of(&self.handle, &self.record)
    }
}
