use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use rocket::async_trait;
use time::OffsetDateTime;

use super::filter::Filter;
use super::found::{Found, Listed};
use super::interface::{REPLACED_FOR, Store};
use super::page::Page;
use super::position::Position;
use super::update::{Touch, Update};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::record::{Alive, Record};

/// The engine `"memory"`: sessions end with the process, and no other process sees them. It is for tests, and for
/// applications that may forget their sessions at a restart.
///
/// With `engine = "memory"` it keeps up to [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT) sessions. Beyond that, a visitor
/// without a session gets 503 until sessions have ended.
#[derive(Debug)]
pub struct MemoryStore {
    sessions: Mutex<Sessions>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Sessions {
    records: HashMap<Handle, Record>,
    /// For each handle that was replaced, the new one, and when to forget it.
    replaced: HashMap<Handle, (Handle, OffsetDateTime)>,
}

#[derive(Debug, thiserror::Error)]
#[error("the memory store has {0} sessions, and takes no more")]
struct Full(usize);

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT)
    }
}

impl Sessions {
    /// Deletes a record under its newest handle, and returns that handle.
    fn delete(&mut self, handle: &Handle, now: OffsetDateTime) -> Option<Handle> {
        let mut handle = handle.clone();
        while self.records.remove(&handle).is_none() {
            handle = self.next(&handle, now)?.clone();
        }
        Some(handle)
    }

    /// Returns the handle that a session got after this one, in the last minute.
    fn next(&self, old: &Handle, now: OffsetDateTime) -> Option<&Handle> {
        self.replaced.get(old).filter(|(_, until)| *until > now).map(|(new, _)| new)
    }

    fn replace(&mut self, old: Handle, new: &Handle, now: OffsetDateTime) {
        self.replaced.retain(|_, (_, until)| *until > now);
        self.replaced.insert(old, (new.clone(), now + REPLACED_FOR));
    }
}

impl MemoryStore {
    /// How many sessions a store keeps if the program sets no other limit.
    pub const DEFAULT_LIMIT: usize = 100_000;

    /// Returns a store that keeps up to `limit` sessions.
    pub fn with_limit(limit: usize) -> Self {
        Self { sessions: Mutex::default(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().expect("no application code runs under this lock")
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        Ok(self.lock().records.get(handle).filter(|record| alive.includes(record)).cloned())
    }

    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        now: OffsetDateTime,
    ) -> Result<()> {
        let mut sessions = self.lock();
        if let Some(old) = replaces.and_then(|old| sessions.delete(old, now)) {
            sessions.replace(old, handle, now);
        }
        if sessions.records.len() >= self.limit {
            return Err(Error::store(Full(self.limit)));
        }
        sessions.records.insert(handle.clone(), record.clone());
        Ok(())
    }

    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        let mut sessions = self.lock();
        let current = sessions.records.get(handle).filter(|record| update.alive().includes(record));
        let next = update.apply(current.ok_or(Error::Interrupted)?)?;
        if let Some(new) = update.new_handle() {
            sessions.records.remove(handle);
            sessions.replace(handle.clone(), new, update.now);
        }
        sessions.records.insert(update.new_handle().unwrap_or(handle).clone(), next.clone());
        Ok(next)
    }

    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        let mut sessions = self.lock();
        let current = sessions.records.get_mut(handle).filter(|record| touch.alive.includes(record));
        Ok(match current.filter(|record| (record.version, record.expire_date) == (touch.version, touch.from)) {
            Some(record) => {
                record.expire_date = touch.to;
                true
            }
            None => false,
        })
    }

    async fn delete(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Handle>> {
        Ok(self.lock().delete(handle, now))
    }

    async fn is_replaced(&self, handle: &Handle, now: OffsetDateTime) -> Result<bool> {
        Ok(self.lock().next(handle, now).is_some())
    }

    async fn delete_owned(&self, handle: &Handle, owner: &str) -> Result<bool> {
        let records = &mut self.lock().records;
        let is_theirs = records.get(handle).is_some_and(|record| record.owner.as_deref() == Some(owner));
        Ok(is_theirs && records.remove(handle).is_some())
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle], limit: usize) -> Result<usize> {
        let is_theirs =
            |handle: &Handle, record: &mut Record| record.owner.as_deref() == Some(owner) && !except.contains(handle);
        Ok(self.lock().records.extract_if(is_theirs).take(limit).count())
    }

    async fn delete_oldest(&self, owner: &str, before: OffsetDateTime, keep: usize, alive: Alive) -> Result<usize> {
        let records = &mut self.lock().records;
        let is_theirs = |record: &Record| alive.includes(record) && record.owner.as_deref() == Some(owner);
        let theirs = records.iter().filter(|(_, record)| is_theirs(record));
        let mut theirs: Vec<_> = theirs.map(|(handle, record)| (record.created_at, handle.clone())).collect();
        theirs.sort_by(|a, b| b.cmp(a));
        let oldest = theirs.into_iter().skip(keep).filter(|(created_at, _)| *created_at < before);
        Ok(oldest.filter(|(_, handle)| records.remove(handle).is_some()).count())
    }

    async fn find(&self, filter: &Filter, alive: Alive, page: Page) -> Result<Found> {
        let sessions = self.lock();
        let mut in_reach: Vec<_> =
            sessions.records.iter().filter(|(handle, record)| filter.reaches(handle, record)).collect();
        in_reach.sort_by_cached_key(|(handle, record)| Position::of(handle, record));
        let mut next = None;
        if let Some(most) = filter.scan_at_most().filter(|most| *most < in_reach.len()) {
            in_reach.truncate(most);
            next = in_reach.last().map(|(handle, record)| Position::of(handle, record));
        }
        let included = in_reach.into_iter().filter(|(handle, record)| filter.includes(handle, record, alive));
        let listed = included.map(|(handle, record)| Listed::new(handle.clone(), record.clone()));
        let mut sessions: Vec<_> = listed.skip(page.offset()).take(page.size() + 1).collect();
        if sessions.len() > page.size() {
            sessions.truncate(page.size());
            next = sessions.last().map(Listed::position);
        }
        Ok(Found { sessions, next })
    }

    async fn count(&self, filter: &Filter, alive: Alive) -> Result<usize> {
        let sessions = self.lock();
        Ok(sessions.records.iter().filter(|(handle, record)| filter.includes(handle, record, alive)).count())
    }

    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> {
        let mut sessions = self.lock();
        Ok(sessions.records.extract_if(|_, record| !alive.includes(record)).take(limit).count())
    }
}
