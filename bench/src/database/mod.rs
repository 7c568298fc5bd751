//! The database file: connections beside the server's own, and test data.

pub mod connection;
pub mod postgres;
pub mod seed;
