use std::collections::BTreeMap;
use std::time::Duration as StdDuration;

use rocket_diesel_sessions::Expiry;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

pub const COOKIE_AGE: i64 = 1000;
pub const ABSOLUTE_AGE: i64 = 3000;

/// An operation of a handler on its session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    Insert(String, u8),
    Remove(String),
    Clear,
    Flush,
    CycleKey,
    Login(String),
    /// The session expires this many seconds after each save.
    ExpireAfter(u16),
    ExpireAtBrowserClose,
}

/// The expected state of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub data: BTreeMap<String, u8>,
    pub owner: Option<String>,
    pub expiry: Expiry,
    pub expires: OffsetDateTime,
    pub created: OffsetDateTime,
    pub version: i64,
}

type Id = usize;

/// All sessions, and which of them the cookie of each visitor opens.
#[derive(Debug, Default)]
pub struct Model {
    pub sessions: BTreeMap<Id, Session>,
    cookies: BTreeMap<usize, Id>,
    /// Which session took the place of another one, and until when a request is told so.
    replaced: BTreeMap<Id, (Id, OffsetDateTime)>,
    last_id: Id,
}

/// A request whose guard has run and whose handler has not.
#[derive(Clone, Debug)]
pub struct Request {
    visitor: usize,
    opened: OffsetDateTime,
    cookie: Option<Id>,
    loaded: Option<(Id, Session)>,
    /// The cookie opened nothing, because the session had another key already.
    is_late: bool,
}

impl Session {
    fn new(now: OffsetDateTime) -> Self {
        let (data, owner, expiry) = (BTreeMap::new(), None, Expiry::Default);
        Self { data, owner, expiry, expires: now, created: now, version: 0 }
    }

    fn is_alive(&self, now: OffsetDateTime) -> bool {
        self.expires > now && self.created > now - Duration::seconds(ABSOLUTE_AGE)
    }

    /// Returns the lifetime after each save, in seconds.
    fn lifetime(&self) -> i64 {
        match self.expiry {
            Expiry::After(age) => age.as_secs() as i64,
            _ => COOKIE_AGE,
        }
    }

    fn saved(mut self, now: OffsetDateTime) -> Self {
        self.expires = self.renewed_expire_date(now);
        self.version += 1;
        self
    }

    /// Returns the expire date that a save or a renewal at `now` sets.
    fn renewed_expire_date(&self, now: OffsetDateTime) -> OffsetDateTime {
        (now + Duration::seconds(self.lifetime())).min(self.created + Duration::seconds(ABSOLUTE_AGE))
    }

    /// Applies `op` and returns whether it changed the session.
    fn apply(&mut self, op: &Op, opened: OffsetDateTime) -> bool {
        match op {
            Op::Insert(key, value) => self.data.insert(key.clone(), *value) != Some(*value),
            Op::Remove(key) => self.data.remove(key).is_some(),
            Op::Clear => {
                self.data.clear();
                self.expiry = Expiry::Default;
                true
            }
            Op::ExpireAfter(age) => self.set_expiry(Expiry::After(StdDuration::from_secs((*age).into()))),
            Op::ExpireAtBrowserClose => self.set_expiry(Expiry::BrowserClose),
            Op::Login(owner) => {
                (self.owner, self.created) = (Some(owner.clone()), opened);
                true
            }
            Op::CycleKey | Op::Flush => true,
        }
    }

    fn set_expiry(&mut self, expiry: Expiry) -> bool {
        std::mem::replace(&mut self.expiry, expiry) != expiry
    }
}

impl Model {
    /// Runs the guard of a request.
    pub fn start(&self, visitor: usize, now: OffsetDateTime) -> Request {
        let cookie = self.cookies.get(&visitor).copied();
        let found = cookie.and_then(|id| Some((id, self.sessions.get(&id)?.clone())));
        let loaded = found.filter(|(_, session)| session.is_alive(now));
        let is_late = loaded.is_none() && cookie.is_some_and(|id| self.next(id, now).is_some());
        Request { visitor, opened: now, cookie, loaded, is_late }
    }

    /// Returns what the visitor reads now.
    pub fn read(&self, visitor: usize, now: OffsetDateTime) -> BTreeMap<String, u8> {
        self.start(visitor, now).loaded.map(|(_, session)| session.data).unwrap_or_default()
    }

    /// Runs the handler, which does `ops` and then fails or succeeds, and commits. Returns the status of the response.
    pub fn finish(&mut self, request: Request, ops: &[Op], fails: bool, now: OffsetDateTime) -> u16 {
        let mut session = request.loaded.as_ref().map_or(Session::new(request.opened), |(_, session)| session.clone());
        if request.is_late && !fails && !ops.is_empty() && !signs_in(ops) {
            return 400;
        }
        let mut base = request.loaded.clone();
        let (mut has_key, mut new_key, mut flushed) = (base.is_some(), false, false);
        let (mut to_commit, mut changed) = (Vec::new(), false);
        for op in ops {
            let other_owner = matches!(op, Op::Login(new) if session.owner.as_ref().is_some_and(|old| old != new));
            if *op == Op::Flush || other_owner {
                flushed |= *op == Op::Flush;
                (base, session) = (None, Session::new(request.opened));
                (has_key, new_key, changed) = (false, false, *op != Op::Flush);
                to_commit.clear();
            }
            match op {
                Op::Flush => continue,
                Op::Clear | Op::CycleKey if !has_key => continue,
                Op::CycleKey => new_key = true,
                Op::Login(_) => (has_key, new_key) = (true, true),
                _ => {}
            }
            let changes = session.apply(op, request.opened);
            to_commit.push(op);
            changed |= changes;
            has_key |= changes;
        }
        // A flush also ends the session of the cookie if it had expired and the guard did not load it.
        let replaced = request.loaded.as_ref().map(|(id, _)| *id).filter(|_| base.is_none());
        let ended = if flushed { request.cookie.filter(|_| !request.is_late) } else { replaced };
        if fails {
            if flushed && !request.is_late {
                self.end(ended, &request, now);
            }
            return 500;
        }
        match base {
            Some((id, _)) if changed => {
                let Some(current) = self.sessions.get(&id).filter(|session| session.is_alive(now)) else { return 400 };
                // As if the request had run now, after all others.
                let mut next = current.clone();
                for op in to_commit {
                    next.apply(op, request.opened);
                }
                self.sessions.remove(&id);
                let id = if new_key { self.replace(id, now) } else { id };
                self.sessions.insert(id, next.saved(now));
                self.cookies.insert(request.visitor, id);
            }
            Some((id, loaded)) => {
                let renews =
                    ops.iter().any(|op| matches!(op, Op::Insert(..) | Op::ExpireAfter(_) | Op::ExpireAtBrowserClose));
                let gain = loaded.renewed_expire_date(request.opened) - loaded.expires;
                let interval = Duration::milliseconds((loaded.lifetime() * 100).min(60_000));
                let current = self.sessions.get_mut(&id).filter(|session| session.is_alive(now));
                if let Some(session) =
                    current.filter(|session| (session.expires, session.version) == (loaded.expires, loaded.version))
                    && renews
                    && gain.is_positive()
                    && gain >= interval
                {
                    session.expires = loaded.renewed_expire_date(now);
                    self.cookies.insert(request.visitor, id);
                }
            }
            None if changed && (!session.data.is_empty() || session.owner.is_some()) => {
                let id = match ended.and_then(|id| self.delete(id, now)) {
                    Some(old) => self.replace(old, now),
                    None => self.new_id(),
                };
                self.sessions.insert(id, session.saved(now));
                self.cookies.insert(request.visitor, id);
            }
            None if flushed || ended.is_some() => self.end(ended, &request, now),
            None => {}
        }
        200
    }

    /// Deletes the session, and the cookie of the request if it has one.
    fn end(&mut self, id: Option<Id>, request: &Request, now: OffsetDateTime) {
        id.map(|id| self.delete(id, now));
        if request.cookie.is_some() {
            self.cookies.remove(&request.visitor);
        }
    }

    /// Deletes the session under its newest key, and returns that.
    fn delete(&mut self, mut id: Id, now: OffsetDateTime) -> Option<Id> {
        while self.sessions.remove(&id).is_none() {
            id = self.next(id, now)?;
        }
        Some(id)
    }

    /// Gives the session a new key.
    fn replace(&mut self, old: Id, now: OffsetDateTime) -> Id {
        let new = self.new_id();
        self.replaced.insert(old, (new, now + Duration::MINUTE));
        new
    }

    fn next(&self, old: Id, now: OffsetDateTime) -> Option<Id> {
        self.replaced.get(&old).filter(|(_, until)| *until > now).map(|(new, _)| *new)
    }

    fn new_id(&mut self) -> Id {
        self.last_id += 1;
        self.last_id
    }
}

/// Returns whether somebody is signed in after these operations.
fn signs_in(ops: &[Op]) -> bool {
    ops.iter().rev().find_map(|op| match op {
        Op::Login(_) => Some(true),
        Op::Flush => Some(false),
        _ => None,
    }) == Some(true)
}
