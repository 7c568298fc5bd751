//! Sessions in this process's memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use rocket::async_trait;

use super::{Store, Touch, Update};
use crate::session::record::{Alive, Record};
use crate::session::{Error, Handle, Result};

/// The engine `"memory"`: sessions end with the process, and no other process sees them. For tests, and for an
/// application that runs once and may forget.
///
/// ```
/// use rocket_diesel_sessions::{MemoryStore, Session};
///
/// let rocket = rocket::build().attach(Session::fairing().store(MemoryStore::default()));
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<HashMap<Handle, Record>>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, HashMap<Handle, Record>> {
        self.records.lock().expect("no application code runs under this lock")
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        Ok(self.lock().get(handle).filter(|record| alive.includes(record)).cloned())
    }

    async fn create(&self, handle: &Handle, record: &Record, in_place_of: Option<&Handle>) -> Result<()> {
        let mut records = self.lock();
        if let Some(handle) = in_place_of {
            records.remove(handle);
        }
        records.insert(handle.clone(), record.clone());
        Ok(())
    }

    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        let mut records = self.lock();
        let current = records.get(handle).filter(|record| update.alive().includes(record));
        let next = update.apply(current.ok_or(Error::Interrupted)?)?;
        records.remove(handle);
        records.insert(update.new_handle().unwrap_or(handle).clone(), next.clone());
        Ok(next)
    }

    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        let mut records = self.lock();
        let current = records.get_mut(handle).filter(|record| touch.alive.includes(record));
        Ok(match current.filter(|record| (record.version, record.expire_date) == (touch.version, touch.from)) {
            Some(record) => {
                record.expire_date = touch.to;
                true
            }
            None => false,
        })
    }

    async fn delete(&self, handle: &Handle, owner: Option<&str>) -> Result<bool> {
        let mut records = self.lock();
        let theirs = |record: &Record| owner.is_none_or(|owner| record.owner.as_deref() == Some(owner));
        Ok(records.get(handle).is_some_and(theirs) && records.remove(handle).is_some())
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize> {
        let mut records = self.lock();
        let before = records.len();
        records.retain(|handle, record| record.owner.as_deref() != Some(owner) || except.contains(handle));
        Ok(before - records.len())
    }

    async fn of_owner(&self, owner: &str, alive: Alive) -> Result<Vec<(Handle, Record)>> {
        let records = self.lock();
        let theirs = records.iter().filter(|(_, record)| record.owner.as_deref() == Some(owner));
        let living = theirs.filter(|(_, record)| alive.includes(record));
        let mut found: Vec<_> = living.map(|(handle, record)| (handle.clone(), record.clone())).collect();
        found.sort_by(|(one, a), (other, b)| b.created_at.cmp(&a.created_at).then(one.cmp(other)));
        Ok(found)
    }

    async fn count(&self, alive: Alive) -> Result<usize> {
        Ok(self.lock().values().filter(|record| alive.includes(record)).count())
    }

    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> {
        let mut records = self.lock();
        let expired = records.iter().filter(|(_, record)| !alive.includes(record)).map(|(handle, _)| handle.clone());
        let expired: Vec<Handle> = expired.take(limit).collect();
        for handle in &expired {
            records.remove(handle);
        }
        Ok(expired.len())
    }
}
