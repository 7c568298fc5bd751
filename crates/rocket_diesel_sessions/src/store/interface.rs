use rocket::async_trait;
use time::{Duration, OffsetDateTime};

use super::filter::Filter;
use super::found::Found;
use super::page::Page;
use super::update::{Touch, Update};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::record::{Alive, Record};

/// How long a store remembers by which handle another one was replaced. A request takes no longer, and a browser has the
/// new cookie by then.
pub(super) const REPLACED_FOR: Duration = Duration::MINUTE;

/// Where sessions are kept.
///
/// A missing record is not an error. A record that never existed, that was deleted, that has expired or that can't be
/// read is `None`, `false` or absent from a list. An `Err` means that the system is at fault. Wrap it by
/// [`Error::store`], and the visitor gets 503.
///
/// Every method is atomic: it happens completely or not at all. When it returns, its effect is as durable as the store can
/// make it. Two calls at the same time have the effect of one after the other.
///
/// Requests use the first six methods, and [`delete_oldest`](Self::delete_oldest) if `max_sessions_per_owner` is set. The
/// others are for operators. Implement those that the store can do; by default they answer [`Error::Unsupported`]. A store
/// that can't remember replaced handles leaves `is_replaced` as it is, and deletes only under the given handle. A test of the store calls `testing::check_store` (feature `testing`).
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use rocket::async_trait;
/// use rocket_diesel_sessions::{Alive, Handle, MemoryStore, Record, Result, Store, Touch, Update};
/// use time::OffsetDateTime;
///
/// /// Counts the lookups and leaves the rest to another store.
/// #[derive(Default)]
/// struct CountingStore {
///     store: MemoryStore,
///     lookups: AtomicUsize,
/// }
///
/// #[async_trait]
/// impl Store for CountingStore {
///     async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> {
///         self.lookups.fetch_add(1, Ordering::Relaxed);
///         self.store.load(handle, alive).await
///     }
///     async fn create(
///         &self,
///         handle: &Handle,
///         record: &Record,
///         replaces: Option<&Handle>,
///         now: OffsetDateTime,
///     ) -> Result<()> {
///         self.store.create(handle, record, replaces, now).await
///     }
///     async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> {
///         self.store.update(handle, update).await
///     }
///     async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> {
///         self.store.touch(handle, touch).await
///     }
///     async fn delete(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Handle>> {
///         self.store.delete(handle, now).await
///     }
///     async fn is_replaced(&self, handle: &Handle, now: OffsetDateTime) -> Result<bool> {
///         self.store.is_replaced(handle, now).await
///     }
/// }
///
/// # rocket::async_test(
/// rocket_diesel_sessions::testing::check_store(async || CountingStore::default())
/// # );
/// ```
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Returns the record under `handle` if it is alive. Never return it from a cache: a session that was ended elsewhere
    /// must be gone at once.
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>>;

    /// Keeps a new record. In the same transaction, deletes the record under `replaces`, if there is one, as
    /// [`delete`](Self::delete) does, and remembers for [`is_replaced`](Self::is_replaced) what took its place.
    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        now: OffsetDateTime,
    ) -> Result<()>;

    /// Replaces the record under `handle` by what [`Update::apply`] makes of it, under the handle
    /// [`Update::new_handle`] if there is one; [`is_replaced`](Self::is_replaced) needs to know it. Returns the new record,
    /// which may contain changes of other requests.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] if the record is not alive: an update never brings a record back. Also what `apply` refuses;
    /// nothing is written then.
    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record>;

    /// Moves the expire date of a record that is alive and changes nothing else, not even the version. Returns `false` if
    /// the record is gone, or if its version is not [`Touch::version`] or its expire date not [`Touch::from`]: another
    /// request was first.
    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool>;

    /// Deletes a record, expired or not. Returns the handle under which it was, or `None` if there was no record. If
    /// `update` or `create` has replaced the handle in the last minute before `now`, deletes the record under its newest
    /// handle, in the same transaction: a logout must not miss a session that gets a new key at the same moment.
    async fn delete(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Handle>>;

    /// Returns whether `update` or `create` has replaced this handle by another one in the last minute before `now`. Only
    /// asked if [`load`](Self::load) found nothing. The default is false. Then a request that is late by some milliseconds
    /// can replace the cookie of a login by its own.
    async fn is_replaced(&self, handle: &Handle, now: OffsetDateTime) -> Result<bool> {
        let _ = (handle, now);
        Ok(false)
    }

    /// Deletes a record, expired or not, if it belongs to `owner`. Returns whether it was deleted.
    async fn delete_owned(&self, handle: &Handle, owner: &str) -> Result<bool> {
        let _ = (handle, owner);
        Err(Error::Unsupported)
    }

    /// Deletes up to `limit` of the owner's records, but none of those under `except`. Returns how many were deleted; fewer
    /// than `limit` means that none are left.
    async fn delete_of_owner(&self, owner: &str, except: &[Handle], limit: usize) -> Result<usize> {
        let _ = (owner, except, limit);
        Err(Error::Unsupported)
    }

    /// Deletes the oldest of the owner's records that are alive and were created before `before`, so that the owner has
    /// `keep` records left. May leave more if there are very many. Returns how many were deleted.
    ///
    /// `before` is the second of a login. Logins of the same second don't end each other.
    async fn delete_oldest(&self, owner: &str, before: OffsetDateTime, keep: usize, alive: Alive) -> Result<usize> {
        let _ = (owner, before, keep, alive);
        Err(Error::Unsupported)
    }

    /// Returns a page of the sessions for which [`Filter::includes`] is true, in the order of [`Position`](super::Position): the newest
    /// first. Also returns where to continue: after the last session of the page if others follow it, or else where the
    /// [`scan_limit`](Filter::scan_limit) ended the search.
    async fn find(&self, filter: &Filter, alive: Alive, page: Page) -> Result<Found> {
        let _ = (filter, alive, page);
        Err(Error::Unsupported)
    }

    /// Returns for how many sessions [`Filter::includes`] is true, whatever the [`scan_limit`](Filter::scan_limit).
    async fn count(&self, filter: &Filter, alive: Alive) -> Result<usize> {
        let _ = (filter, alive);
        Err(Error::Unsupported)
    }

    /// Deletes up to `limit` records that are not alive. Returns how many were deleted; 0 means that none are left, or that
    /// another instance is deleting them. The default returns 0, which is right for a store whose records expire by
    /// themselves.
    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> {
        let _ = (alive, limit);
        Ok(0)
    }
}
