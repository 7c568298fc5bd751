#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio::sync::broadcast;
use rocket_diesel_sessions::{Event, Handle};
use time::OffsetDateTime;

use super::cookie::Attribute;
use super::request_info::RequestInfo;
use super::statement::Statement;

/// The number of visitors with a history. The visitor that was inactive for longest is removed.
const VISITORS: usize = 1000;

/// The number of events of each visitor. The oldest are removed.
const EVENTS: usize = 20;

/// The number of statements that wait for their event. The statements of a failed request have none, so the oldest are
/// removed.
const STATEMENTS: usize = 1000;

/// What happened to sessions, in memory. Clones share it.
#[derive(Clone, Default)]
pub struct History(Arc<Mutex<Visitors>>);

#[derive(Default)]
struct Visitors {
    /// By the handle that a visitor has now: somebody who knows an old key learns nothing about the new one.
    by_handle: HashMap<Handle, Visitor>,
    /// Statements that wait for their event.
    unclaimed: VecDeque<Statement>,
    /// The number of events so far.
    events: u64,
}

#[derive(Clone, Default)]
pub struct Visitor {
    /// The newest first.
    pub entries: VecDeque<Entry>,
    /// The attributes of the cookie that was set last.
    pub cookie: Option<Vec<Attribute>>,
    /// Tells the open pages of this visitor that something happened. Without it, their streams end.
    pages: Option<broadcast::Sender<()>>,
    /// When the last event was, as counted by [`Visitors::events`].
    last_event: u64,
}

#[derive(Clone)]
pub struct Entry {
    pub kind: EventKind,
    pub at: OffsetDateTime,
    /// The request that caused the event. `None` if something else did, for example the sweeper.
    pub request: Option<String>,
    /// The same request caused the event before this one.
    pub continues: bool,
    pub statements: Vec<String>,
}

/// The kind of an [`Event`] of one session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    Created,
    Loaded,
    Saved,
    Renewed,
    Renamed,
    Ended,
    Interrupted,
    Refused,
}

impl History {
    /// Keeps a statement until its event comes.
    pub fn add_statement(&self, statement: Statement) {
        let mut visitors = self.lock();
        visitors.unclaimed.push_back(statement);
        if visitors.unclaimed.len() > STATEMENTS {
            visitors.unclaimed.pop_front();
        }
    }

    /// Adds an event, with the statements since the event before. If requests of one visitor overlap, the first event may
    /// also get the statements of the other request.
    pub fn add_event(&self, event: &Event<'_>, request: Option<RequestInfo<'_>>) {
        let mut visitors = self.lock();
        if let Event::Revoked(_) | Event::Expired(_) = event {
            // These don't say which sessions have ended, so all pages look again.
            visitors.by_handle.values_mut().for_each(|visitor| visitor.pages = None);
        }
        let Some((kind, handle, new)) = read(event) else { return };
        let earlier = request.as_ref().and_then(|request| request.visitor.get());
        let (continues, old) = (earlier.is_some(), earlier.unwrap_or_else(|| handle.clone()));
        let statements = visitors.claim(kind, &old, new);
        let mut visitor = visitors.by_handle.remove(&old).unwrap_or_default();
        if old != *new || kind == EventKind::Ended {
            visitor.pages = None; // a page that came with the old key learns nothing more
        }
        // Looking at /inspect/ must not change what it shows.
        let is_inspect = request.as_ref().is_some_and(|request| request.is_inspect)
            && matches!(kind, EventKind::Loaded | EventKind::Refused);
        if let Some(request) = &request {
            request.visitor.set(new.clone());
        }
        if !is_inspect {
            let request = request.map(|request| request.line);
            visitor.entries.push_front(Entry { kind, at: OffsetDateTime::now_utc(), request, continues, statements });
            visitor.entries.truncate(EVENTS);
        }
        visitors.keep(new.clone(), visitor);
    }

    /// Tells the open pages of the visitor that a request is complete. `cookie` has the attributes of the cookie that the
    /// response sets. With a new cookie, their streams end: the browser sends it when it connects again.
    pub fn finish(&self, handle: &Handle, cookie: Option<Vec<Attribute>>) {
        let mut visitors = self.lock();
        let Some(visitor) = visitors.by_handle.get_mut(handle) else { return };
        if let Some(pages) = &visitor.pages {
            let _ = pages.send(()); // an error means that no page is open
        }
        if cookie.is_some() {
            visitor.cookie = cookie;
            visitor.pages = None;
        }
    }

    /// Returns what receives a message after each request of this visitor, and ends if the visitor gets another cookie or if
    /// the session ends.
    pub fn follow(&self, handle: &Handle) -> Option<broadcast::Receiver<()>> {
        let mut visitors = self.lock();
        let visitor = visitors.by_handle.get_mut(handle)?;
        Some(visitor.pages.get_or_insert_with(|| broadcast::channel(EVENTS).0).subscribe())
    }

    pub fn visitor(&self, handle: &Handle) -> Option<Visitor> {
        self.lock().by_handle.get(handle).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Visitors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visitors {
    fn keep(&mut self, handle: Handle, visitor: Visitor) {
        self.events += 1;
        self.by_handle.insert(handle, Visitor { last_event: self.events, ..visitor });
        if self.by_handle.len() > VISITORS
            && let Some(idle) = self.by_handle.iter().min_by_key(|(_, visitor)| visitor.last_event)
        {
            let idle = idle.0.clone();
            self.by_handle.remove(&idle);
        }
    }

    /// Takes the statements on a session that has changed its handle from `old` to `new`. An event that only loads takes one
    /// SELECT of each kind: the others are those of requests at the same time, such as an open page that looks again.
    fn claim(&mut self, kind: EventKind, old: &Handle, new: &Handle) -> Vec<String> {
        let only_loads = matches!(kind, EventKind::Loaded | EventKind::Refused);
        let mut theirs = Vec::new();
        self.unclaimed.retain(|statement| {
            let is_theirs = (statement.names(old) || statement.names(new))
                && (!only_loads || statement.sql.starts_with("SELECT ") && !theirs.contains(&statement.sql));
            if is_theirs {
                theirs.push(statement.sql.clone());
            }
            !is_theirs
        });
        theirs
    }
}

/// Returns the kind of an event of one session, the handle before the event, and the handle after it.
fn read<'a>(event: &Event<'a>) -> Option<(EventKind, &'a Handle, &'a Handle)> {
    let kind = match event {
        Event::Created(_) => EventKind::Created,
        Event::Loaded(_) => EventKind::Loaded,
        Event::Saved(_) => EventKind::Saved,
        Event::Renewed(_) => EventKind::Renewed,
        Event::KeyCycled { from, to } => return Some((EventKind::Renamed, from, to)),
        Event::Ended(_) => EventKind::Ended,
        Event::Interrupted(_) => EventKind::Interrupted,
        Event::Refused(_) => EventKind::Refused,
        _ => return None,
    };
    event.handle().map(|handle| (kind, handle, handle))
}
