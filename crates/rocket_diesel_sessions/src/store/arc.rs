//! A store that several owners share is a store too.

use std::sync::Arc;

use rocket::async_trait;
use time::OffsetDateTime;

use super::filter::Filter;
use super::found::Found;
use super::interface::Store;
use super::page::Page;
use super::update::{Touch, Update};
use crate::error::Result;
use crate::handle::Handle;
use crate::record::{Alive, Record};

#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
        (**self).load(handle, alive).await
    }

    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        now: OffsetDateTime,
    ) -> Result<()> {
        (**self).create(handle, record, replaces, now).await
    }

    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
        (**self).update(handle, update).await
    }

    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
        (**self).touch(handle, touch).await
    }

    async fn delete(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Handle>> {
        (**self).delete(handle, now).await
    }

    async fn is_replaced(&self, handle: &Handle, now: OffsetDateTime) -> Result<bool> {
        (**self).is_replaced(handle, now).await
    }

    async fn delete_owned(&self, handle: &Handle, owner: &str) -> Result<bool> {
        (**self).delete_owned(handle, owner).await
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle], limit: usize) -> Result<usize> {
        (**self).delete_of_owner(owner, except, limit).await
    }

    async fn delete_oldest(&self, owner: &str, before: OffsetDateTime, keep: usize, alive: Alive) -> Result<usize> {
        (**self).delete_oldest(owner, before, keep, alive).await
    }

    async fn find(&self, filter: &Filter, alive: Alive, page: Page) -> Result<Found> {
        (**self).find(filter, alive, page).await
    }

    async fn count(&self, filter: &Filter, alive: Alive) -> Result<usize> {
        (**self).count(filter, alive).await
    }

    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> {
        (**self).clear_expired(alive, limit).await
    }
}
