use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use rocket::async_trait;

use super::interface::Store;
use super::page::Page;
use super::update::{Touch, Update};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::record::{Alive, Record};

/// The engine `"memory"`: sessions end with the process, and no other process sees them. It is for tests, and for
/// applications that may forget their sessions at a restart.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<HashMap<Handle, Record>>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, HashMap<Handle, Record>> {
        self.records.lock().expect("no application code runs under this lock")
    }

    /// Returns a page of the records for which `is_wanted` is true, the newest first.
    fn select(&self, page: Page, is_wanted: impl Fn(&Record) -> bool) -> Vec<(Handle, Record)> {
        let records = self.lock();
        let mut found: Vec<_> = records.iter().filter(|(_, record)| is_wanted(record)).collect();
        found.sort_by(|(one, a), (other, b)| b.created_at.cmp(&a.created_at).then(one.cmp(other)));
        let page = found.into_iter().skip(page.offset()).take(page.size());
        page.map(|(handle, record)| (handle.clone(), record.clone())).collect()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        Ok(self.lock().get(handle).filter(|record| alive.includes(record)).cloned())
    }

    async fn create(&self, handle: &Handle, record: &Record, replaces: Option<&Handle>) -> Result<()> {
        let mut records = self.lock();
        if let Some(handle) = replaces {
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

    async fn delete(&self, handle: &Handle) -> Result<bool> {
        Ok(self.lock().remove(handle).is_some())
    }

    async fn delete_owned(&self, handle: &Handle, owner: &str) -> Result<bool> {
        let mut records = self.lock();
        let is_theirs = records.get(handle).is_some_and(|record| record.owner.as_deref() == Some(owner));
        Ok(is_theirs && records.remove(handle).is_some())
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize> {
        let mut records = self.lock();
        let before = records.len();
        records.retain(|handle, record| record.owner.as_deref() != Some(owner) || except.contains(handle));
        Ok(before - records.len())
    }

    async fn of_owner(&self, owner: &str, alive: Alive, page: Page) -> Result<Vec<(Handle, Record)>> {
        Ok(self.select(page, |record| alive.includes(record) && record.owner.as_deref() == Some(owner)))
    }

    async fn list(&self, alive: Alive, page: Page) -> Result<Vec<(Handle, Record)>> {
        Ok(self.select(page, |record| alive.includes(record)))
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
