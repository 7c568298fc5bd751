//! Sessions in the table `sessions`, through Diesel.
//!
//! `store` has the methods of the trait. `read` and `write` have the statements for single sessions, `find` has the
//! searches and `matching` their conditions. `replaced` has the statements of the table `replaced_keys`, and `expired`
//! deletes the rows that have expired. `batches` has the statements for the sessions of many requests, on PostgreSQL.

#[cfg(feature = "postgres")]
mod batches;
mod expired;
mod filter;
mod find;
mod matching;
mod prepared_update;
mod read;
mod replaced;
mod row;
mod store;
mod timestamp;
mod write;

pub use store::DieselStore;
