use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::cookie::Attribute;
use super::here::{Here, Trail};
use super::statement::Statement;
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

    /// Notes an event, and the statements that were heard since the one before. Where requests of one visitor overlap, the
    /// one that is told first may get the other's too.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(number: usize) -> Handle {
        Handle::parse(&format!("{number:064x}")).unwrap()
    }

    fn here(trail: &Trail) -> Option<Here<'_>> {
        Some(Here { trail, line: "GET /".into(), is_look: false })
    }

    fn whats(log: &Log, number: usize) -> Option<Vec<What>> {
        log.of(&handle(number)).map(|visitor| visitor.entries.iter().map(|entry| entry.what).collect())
    }

    #[test]
    fn of_a_visitors_events_the_last_twenty_are_kept_the_newest_first() {
        let log = Log::default();
        log.note(&Event::Created(&handle(1)), None);
        for _ in 0..19 {
            log.note(&Event::Loaded(&handle(1)), None);
        }
        assert_eq!(whats(&log, 1).unwrap().last(), Some(&What::Created));
        log.note(&Event::Saved(&handle(1)), None);
        let kept = whats(&log, 1).unwrap();
        assert_eq!((kept.len(), kept[0], kept[19]), (20, What::Saved, What::Loaded));
    }

    #[test]
    fn of_more_than_a_thousand_visitors_the_one_that_was_inactive_for_longest_leaves() {
        let log = Log::default();
        for number in 0..VISITORS {
            log.note(&Event::Created(&handle(number)), None);
        }
        log.note(&Event::Loaded(&handle(0)), None);
        log.note(&Event::Created(&handle(VISITORS)), None);
        assert!(whats(&log, 0).is_some() && whats(&log, VISITORS).is_some());
        assert_eq!(whats(&log, 1), None);
        assert_eq!(log.lock().visitors.len(), VISITORS);
    }

    #[test]
    fn a_visitor_is_followed_to_a_new_key_and_not_found_under_the_old_one() {
        let log = Log::default();
        log.note(&Event::Created(&handle(1)), None);
        log.note(&Event::Renamed { from: &handle(1), to: &handle(2) }, None);
        assert_eq!(whats(&log, 2).unwrap(), [What::Renamed, What::Created]);
        assert_eq!(whats(&log, 1), None);
    }

    #[test]
    fn a_visitor_is_followed_from_a_session_that_ended_to_one_that_the_same_request_began() {
        let (log, trail) = (Log::default(), Trail::default());
        log.note(&Event::Loaded(&handle(1)), here(&trail));
        log.note(&Event::Ended(&handle(1)), here(&trail));
        log.note(&Event::Created(&handle(2)), here(&trail));
        assert_eq!(whats(&log, 2).unwrap(), [What::Created, What::Ended, What::Loaded]);
        assert_eq!(whats(&log, 1), None);
    }

    #[test]
    fn a_statement_belongs_to_the_next_event_of_a_session_that_it_names() {
        let log = Log::default();
        let hear = |sql: &str, number: usize| {
            let query = format!("{sql} -- binds: [{:?}]", handle(number).as_str());
            log.hear(Statement::read(&query).unwrap());
        };
        hear("UPDATE one", 1);
        hear("UPDATE another's", 2);
        log.note(&Event::Saved(&handle(1)), None);
        log.note(&Event::Loaded(&handle(1)), None);
        let entries = log.of(&handle(1)).unwrap().entries;
        assert_eq!(entries[1].statements, ["UPDATE one"]);
        assert!(entries[0].statements.is_empty());
    }

    #[test]
    fn statements_that_nobody_claims_leave() {
        let log = Log::default();
        for number in 0..STATEMENTS + 10 {
            log.hear(Statement::read(&format!("SELECT -- binds: [{:?}]", handle(number).as_str())).unwrap());
        }
        assert_eq!(log.lock().unclaimed.len(), STATEMENTS);
    }
}
