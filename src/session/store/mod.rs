//! Where sessions live: the contract, and the stores that keep it.
//!
//! [`DieselStore`] is the default, [`MemoryStore`] the engine `"memory"`. For a store of your own implement [`Store`],
//! run [`contract`](contract::check) against it, and hand it to
//! [`SessionFairing::store`](super::SessionFairing::store).

pub mod contract;
mod diesel;
mod memory;
mod update;

pub use diesel::DieselStore;
pub use memory::MemoryStore;
pub use update::{Touch, Update};

use rocket::async_trait;

use super::record::{Alive, Record};
use super::{Handle, Result};

/// Where sessions are kept.
///
/// Absence is no error: a record that was never there, that was deleted, that has expired and that nobody can read all
/// look alike, `None`, `false` or nothing in a list. `Err` is for a system at fault, wrapped by
/// [`Error::store`](super::Error::store); its visitor gets 503.
///
/// Every method is atomic: it happens whole or not at all, and is as durable as the store will ever make it when it has
/// answered. Two methods at the same time have the effect of one after the other.
///
/// ```
/// use rocket::async_trait;
/// use rocket_diesel_sessions::{Alive, Handle, MemoryStore, Record, Result, Store, Touch, Update};
///
/// /// Counts the rows of its own making, and leaves the rest to another store.
/// #[derive(Default)]
/// struct Counting(MemoryStore, std::sync::atomic::AtomicUsize);
///
/// #[async_trait]
/// impl Store for Counting {
///     async fn create(&self, handle: &Handle, record: &Record, in_place_of: Option<&Handle>) -> Result<()> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         self.0.create(handle, record, in_place_of).await
///     }
/// #     async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>> { self.0.load(handle, alive).await }
/// #     async fn update(&self, handle: &Handle, update: &Update) -> Result<Record> { self.0.update(handle, update).await }
/// #     async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool> { self.0.touch(handle, touch).await }
/// #     async fn delete(&self, handle: &Handle, owner: Option<&str>) -> Result<bool> { self.0.delete(handle, owner).await }
/// #     async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize> { self.0.delete_of_owner(owner, except).await }
/// #     async fn of_owner(&self, owner: &str, alive: Alive) -> Result<Vec<(Handle, Record)>> { self.0.of_owner(owner, alive).await }
/// #     async fn count(&self, alive: Alive) -> Result<usize> { self.0.count(alive).await }
/// #     async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize> { self.0.clear_expired(alive, limit).await }
///     // … load, update, touch, delete, delete_of_owner, of_owner, count and clear_expired likewise.
/// }
///
/// # rocket::async_test(
/// rocket_diesel_sessions::store::contract::check(async || Counting::default())
/// # );
/// ```
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The living record under `handle`. Never from a cache: a session that was ended elsewhere is gone at once.
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>>;

    /// Keeps a new record and, in the same transaction, deletes the one it takes the place of, if there is one.
    async fn create(&self, handle: &Handle, record: &Record, in_place_of: Option<&Handle>) -> Result<()>;

    /// Replaces the living record under `handle` by what [`Update::apply`] makes of it, under the handle of
    /// [`Update::new_handle`] where there is one, and returns it: another request's expiry may be in it.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`](super::Error::Interrupted) where no living record is left: an update never brings one
    /// back. What `apply` refuses; then nothing is written.
    async fn update(&self, handle: &Handle, update: &Update) -> Result<Record>;

    /// Moves the expire date of the living record and nothing else, not even its version. `false` where the record is
    /// gone, or no longer of [`Touch::version`] and [`Touch::from`]: another request was first.
    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool>;

    /// Deletes a record, expired or not; with an `owner`, only if it is theirs. Was one deleted?
    async fn delete(&self, handle: &Handle, owner: Option<&str>) -> Result<bool>;

    /// Deletes the owner's records but those under `except`. How many?
    async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize>;

    /// The owner's living records, the newest first.
    async fn of_owner(&self, owner: &str, alive: Alive) -> Result<Vec<(Handle, Record)>>;

    /// How many records live.
    async fn count(&self, alive: Alive) -> Result<usize>;

    /// Deletes up to `limit` records that don't live any more. How many? None means that there is no more
    /// to be found now.
    async fn clear_expired(&self, alive: Alive, limit: usize) -> Result<usize>;
}
