#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::app::inspect::cookie::Attribute;
use crate::app::inspect::here::{Here, Trail};
use crate::app::inspect::statement::Statement;
use crate::{Event, Handle};

/// For so many visitors; the one that was inactive for longest leaves.
const VISITORS: usize = 1000;

/// So many events of each; the oldest leave.
const EVENTS: usize = 20;

/// So many statements whose event is still to come. Those of a request that failed have none, and leave.
const STATEMENTS: usize = 1000;

/// What happened. Clones share it.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    /// By the handle that a visitor has now and by no other: who knows an old key learns nothing of the new one's life.
    visitors: HashMap<Handle, Visitor>,
    unclaimed: VecDeque<Statement>,
    /// Counts what was noted.
    noted: u64,
}

#[derive(Clone, Default)]
pub struct Visitor {
    /// The newest first.
    pub entries: VecDeque<Entry>,
    /// The attributes of the cookie that was set last.
    pub cookie: Option<Vec<Attribute>>,
    /// When something was noted last, as [`Pages::noted`] counts.
    active: u64,
}

#[derive(Clone)]
pub struct Entry {
    pub what: What,
    pub at: OffsetDateTime,
    /// The request that it came from. None: something else in the program, the sweeper for example.
    pub request: Option<String>,
    pub statements: Vec<String>,
}

/// An [`Event`] of one session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Created,
    Loaded,
    Saved,
    Renewed,
    Renamed,
    Ended,
    Interrupted,
    Refused,
}

impl Log {
    /// Keeps a statement until an event claims it.
    pub fn hear(&self, statement: Statement) {
        let mut pages = self.lock();
        pages.unclaimed.push_back(statement);
        if pages.unclaimed.len() > STATEMENTS {
            pages.unclaimed.pop_front();
        }
    }

    /// Notes an event, and the statements that were heard since the one before. Where requests of one visitor overlap,
    /// the one that is told first may get the other's too.
    pub fn note(&self, event: &Event<'_>, here: Option<Here<'_>>) {
        let Some((what, was, is)) = read(event) else { return };
        let was = here.as_ref().and_then(|here| here.trail.handle()).unwrap_or_else(|| was.clone());
        let mut pages = self.lock();
        let statements = pages.claim(&was, is);
        let mut visitor = pages.visitors.remove(&was).unwrap_or_default();
        let is_own_look =
            here.as_ref().is_some_and(|here| here.is_look) && matches!(what, What::Loaded | What::Refused);
        if let Some(here) = &here {
            here.trail.leads_to(is.clone());
        }
        if !is_own_look {
            let request = here.map(|here| here.line);
            visitor.entries.push_front(Entry { what, at: OffsetDateTime::now_utc(), request, statements });
            visitor.entries.truncate(EVENTS);
        }
        pages.keep(is.clone(), visitor);
    }

    /// Notes what the response to a visitor says of the cookie.
    pub fn note_cookie(&self, trail: &Trail, attributes: Vec<Attribute>) {
        if let Some(handle) = trail.handle()
            && let Some(visitor) = self.lock().visitors.get_mut(&handle)
        {
            visitor.cookie = Some(attributes);
        }
    }

    pub fn of(&self, handle: &Handle) -> Option<Visitor> {
        self.lock().visitors.get(handle).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn keep(&mut self, handle: Handle, visitor: Visitor) {
        self.noted += 1;
        self.visitors.insert(handle, Visitor { active: self.noted, ..visitor });
        if self.visitors.len() > VISITORS
            && let Some(idle) = self.visitors.iter().min_by_key(|(_, visitor)| visitor.active)
        {
            let idle = idle.0.clone();
            self.visitors.remove(&idle);
        }
    }

    fn claim(&mut self, was: &Handle, is: &Handle) -> Vec<String> {
        let is_theirs = |statement: &Statement| statement.names(was) || statement.names(is);
        let (theirs, others) = self.unclaimed.drain(..).partition::<Vec<_>, _>(is_theirs);
        self.unclaimed.extend(others);
        theirs.into_iter().map(|statement| statement.sql).collect()
    }
}

/// What happened to one session, what it was called before and what it is called now.
fn read<'a>(event: &Event<'a>) -> Option<(What, &'a Handle, &'a Handle)> {
    let what = match event {
        Event::Created(_) => What::Created,
        Event::Loaded(_) => What::Loaded,
        Event::Saved(_) => What::Saved,
        Event::Renewed(_) => What::Renewed,
        Event::Renamed { from, to } => return Some((What::Renamed, from, to)),
        Event::Ended(_) => What::Ended,
        Event::Interrupted(_) => What::Interrupted,
        Event::Refused(_) => What::Refused,
        _ => return None,
    };
    event.handle().map(|handle| (what, handle, handle))
}
