//! Where sessions live: the contract, and what a commit asks of it.

mod commit;
pub(crate) mod diesel;

pub(crate) use commit::Commit;
pub use commit::{Touch, Update};

use rocket::async_trait;

use super::record::{Alive, Record};
use super::{Handle, Result};

/// Where sessions are kept.
///
/// Absence is no error: a record that was never there, that was deleted, that has expired and that nobody can read all
/// look alike, `None` or `false`. `Err` is for a system at fault, wrapped by [`Error::store`](super::Error::store); its
/// visitor gets 503.
///
/// Every method is atomic: it happens whole or not at all, and durable when it has answered.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The living record under `handle`. Never from a cache: a session that was ended elsewhere is gone at once.
    async fn load(&self, handle: &Handle, alive: Alive) -> Result<Option<Record>>;

    /// Keeps a new record and, in the same transaction, deletes the one it takes the place of, if there is one.
    async fn create(&self, handle: &Handle, record: &Record, in_place_of: Option<&Handle>) -> Result<()>;

    /// Replaces the living record under `handle` by what [`Update::apply`] makes of it, under the handle of
    /// [`Update::new_handle`] where there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`](super::Error::Interrupted) where no living record is left: an update never brings one back. What `apply` refuses.
    async fn update(&self, handle: &Handle, update: &Update) -> Result<()>;

    /// Moves the expire date of the living record and nothing else, not even its version. `false` where the record is
    /// gone, or where its expire date is no longer [`Touch::from`]: somebody else was first.
    async fn touch(&self, handle: &Handle, touch: Touch) -> Result<bool>;

    /// Deletes a record, expired or not. Was it there?
    async fn delete(&self, handle: &Handle) -> Result<bool>;
}
