//! Copies all tables of one database into another (feature `postgres`, for the command `copy`).
//!
//! The rows travel as JSON: both databases can write a row as JSON and make rows from JSON, whatever columns a table has. So
//! the tables of the application, of the accounts and of the sessions need no code of their own.

mod error;
mod run;
mod side;

pub(crate) use run::copy;
