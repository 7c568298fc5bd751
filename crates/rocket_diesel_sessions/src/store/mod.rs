//! Where sessions are kept: the trait [`Store`], what it is asked to do, and the stores of this library.
//!
//! A new store, for example on Redis, goes beside `memory`. It implements [`Store`] from `interface`, and its test calls
//! the conformance suite of the feature `testing`. `changes` merges overlapping requests for all stores alike.

mod changes;
mod diesel;
mod interface;
mod memory;
mod page;
mod update;

pub(crate) use changes::Changes;
pub use diesel::DieselStore;
use interface::REPLACED_FOR;
pub use interface::Store;
pub use memory::MemoryStore;
pub use page::Page;
pub use update::{Touch, Update};
