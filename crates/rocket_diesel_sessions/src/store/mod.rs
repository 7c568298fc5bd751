//! Where sessions are kept: the trait [`Store`], what it is asked to do, and the stores of this library.
//!
//! A new store, for example on Redis, goes beside `memory`. It implements [`Store`] from `interface`, and its test calls
//! the conformance suite of the feature `testing`. `changes` merges overlapping requests for all stores alike. `filter` says
//! which sessions an operator looks for, `found` what a search returns, and `page` and `position` which part of a list it is.

mod arc;
mod changes;
mod diesel;
mod filter;
mod found;
mod interface;
mod memory;
mod page;
mod position;
mod update;

pub(crate) use changes::Changes;
pub use diesel::DieselStore;
pub use filter::Filter;
pub use found::{Found, Listed};
use interface::REPLACED_FOR;
pub use interface::Store;
pub use memory::MemoryStore;
pub use page::Page;
pub use position::{InvalidPosition, Position};
pub use update::{Touch, Update};
