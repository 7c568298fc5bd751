use std::collections::BTreeMap;
use std::time::Duration as StdDuration;

use rocket_diesel_sessions::Expiry;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

pub const COOKIE_AGE: i64 = 1000;
pub const ABSOLUTE_AGE: i64 = 3000;

/// What a handler does to its session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    Insert(String, u8),
    Remove(String),
    Clear,
    Flush,
    CycleKey,
    Login(String),
    /// So many seconds after each save.
    ExpireAfter(u16),
    ExpireAtBrowserClose,
}

/// A session as Django's user would describe it.
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

/// All sessions, and which of them each visitor's cookie names.
#[derive(Debug, Default)]
pub struct Model {
    pub sessions: BTreeMap<Id, Session>,
    cookies: BTreeMap<usize, Id>,
    ids: Id,
}

/// A request whose guard has run.
#[derive(Clone, Debug)]
pub struct Request {
    visitor: usize,
    opened: OffsetDateTime,
    cookie: Option<Id>,
    loaded: Option<(Id, Session)>,
}

impl Session {
    fn new(now: OffsetDateTime) -> Self {
        let (data, owner, expiry) = (BTreeMap::new(), None, Expiry::Default);
        Self { data, owner, expiry, expires: now, created: now, version: 0 }
    }

    fn lives(&self, now: OffsetDateTime) -> bool {
        self.expires > now && self.created > now - Duration::seconds(ABSOLUTE_AGE)
    }

    fn age(&self) -> i64 {
        match self.expiry {
            Expiry::After(age) => age.as_secs() as i64,
            _ => COOKIE_AGE,
        }
    }

    fn saved(mut self, now: OffsetDateTime) -> Self {
        self.expires = self.renewed(now);
        self.version += 1;
        self
    }

    fn renewed(&self, now: OffsetDateTime) -> OffsetDateTime {
        (now + Duration::seconds(self.age())).min(self.created + Duration::seconds(ABSOLUTE_AGE))
    }

    /// Does `op`, and says whether that was a change.
    fn apply(&mut self, op: &Op, opened: OffsetDateTime) -> bool {
        match op {
            Op::Insert(key, value) => self.data.insert(key.clone(), *value) != Some(*value),
            Op::Remove(key) => self.data.remove(key).is_some(),
            Op::Clear => {
                self.data.clear();
                self.expiry = Expiry::Default;
                true
            }
            Op::ExpireAfter(age) => self.expire(Expiry::After(StdDuration::from_secs((*age).into()))),
            Op::ExpireAtBrowserClose => self.expire(Expiry::BrowserClose),
            Op::Login(owner) => {
                (self.owner, self.created) = (Some(owner.clone()), opened);
                true
            }
            Op::CycleKey | Op::Flush => true,
        }
    }

    fn expire(&mut self, expiry: Expiry) -> bool {
        std::mem::replace(&mut self.expiry, expiry) != expiry
    }
}

impl Model {
    /// The guard runs.
    pub fn start(&self, visitor: usize, now: OffsetDateTime) -> Request {
        let cookie = self.cookies.get(&visitor).copied();
        let found = cookie.and_then(|id| Some((id, self.sessions.get(&id)?.clone())));
        Request { visitor, opened: now, cookie, loaded: found.filter(|(_, session)| session.lives(now)) }
    }

    /// What the visitor reads now.
    pub fn look(&self, visitor: usize, now: OffsetDateTime) -> BTreeMap<String, u8> {
        self.start(visitor, now).loaded.map(|(_, session)| session.data).unwrap_or_default()
    }

    /// The handler does `ops`, and the response is sent. Returns its status.
    pub fn finish(&mut self, request: Request, ops: &[Op], fails: bool, now: OffsetDateTime) -> u16 {
        let mut view = request.loaded.as_ref().map_or(Session::new(request.opened), |(_, session)| session.clone());
        let mut base = request.loaded.clone();
        let (mut has_key, mut new_key, mut flushed) = (base.is_some(), false, false);
        let (mut kept, mut changed) = (Vec::new(), false);
        for op in ops {
            let other_owner = matches!(op, Op::Login(new) if view.owner.as_ref().is_some_and(|old| old != new));
            if *op == Op::Flush || other_owner {
                flushed |= *op == Op::Flush;
                (base, view) = (None, Session::new(request.opened));
                (has_key, new_key, changed) = (false, false, *op != Op::Flush);
                kept.clear();
            }
            match op {
                Op::Flush => continue,
                Op::Clear | Op::CycleKey if !has_key => continue,
                Op::CycleKey => new_key = true,
                Op::Login(_) => (has_key, new_key) = (true, true),
                _ => {}
            }
            // A remove of what is not there is not even kept to be done again; an equal insert is.
            let changes = view.apply(op, request.opened);
            if changes || matches!(op, Op::Insert(..)) {
                kept.push(op);
            }
            changed |= changes;
            has_key |= changes;
        }
        // A flush ends also what its cookie names and the guard did not load.
        let replaced = request.loaded.as_ref().map(|(id, _)| *id).filter(|_| base.is_none());
        let given_up = if flushed { request.cookie } else { replaced };
        if fails {
            if flushed {
                self.end(given_up, &request);
            }
            return 500;
        }
        match base {
            Some((id, _)) if changed => {
                let Some(current) = self.sessions.get(&id).filter(|session| session.lives(now)) else { return 400 };
                let mut next = current.clone();
                for op in kept {
                    next.apply(op, request.opened);
                }
                self.sessions.remove(&id);
                let id = if new_key { self.new_id() } else { id };
                self.sessions.insert(id, next.saved(now));
                self.cookies.insert(request.visitor, id);
            }
            Some((id, loaded)) => {
                let asked =
                    ops.iter().any(|op| matches!(op, Op::Insert(..) | Op::ExpireAfter(_) | Op::ExpireAtBrowserClose));
                let gain = loaded.renewed(request.opened) - loaded.expires;
                let interval = Duration::milliseconds((loaded.age() * 100).min(60_000));
                let current = self.sessions.get_mut(&id).filter(|session| session.lives(now));
                if let Some(session) =
                    current.filter(|session| (session.expires, session.version) == (loaded.expires, loaded.version))
                    && asked
                    && gain.is_positive()
                    && gain >= interval
                {
                    session.expires = loaded.renewed(now);
                    self.cookies.insert(request.visitor, id);
                }
            }
            None if changed && (!view.data.is_empty() || view.owner.is_some()) => {
                given_up.map(|id| self.sessions.remove(&id));
                let id = self.new_id();
                self.sessions.insert(id, view.saved(now));
                self.cookies.insert(request.visitor, id);
            }
            None if flushed || given_up.is_some() => self.end(given_up, &request),
            None => {}
        }
        200
    }

    fn end(&mut self, id: Option<Id>, request: &Request) {
        id.map(|id| self.sessions.remove(&id));
        if request.cookie.is_some() {
            self.cookies.remove(&request.visitor);
        }
    }

    fn new_id(&mut self) -> Id {
        self.ids += 1;
        self.ids
    }
}
