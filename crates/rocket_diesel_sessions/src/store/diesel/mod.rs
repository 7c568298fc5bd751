//! Sessions in the table `sessions`, through Diesel.
//!
//! `store` has the methods of the trait. `read` and `write` have the statements for single sessions, `find` has the
//! searches and `matching` their conditions. `replaced` has the statements of the table `replaced_keys`, and `expired`
//! deletes the rows that have expired. On PostgreSQL, `batches` gathers what many requests ask, and `many` has the
//! statements for their sessions.

#[cfg(feature = "postgres")]
mod batches;
mod expired;
mod filter;
mod find;
#[cfg(feature = "postgres")]
mod many;
mod matching;
mod prepared_update;
mod read;
mod replaced;
mod row;
mod store;
mod timestamp;
mod write;

pub use store::DieselStore;
