//! The engine of a PostgreSQL server (feature `postgres`).
//!
//! `pool` has the connections, and runs closures on them again if a connection was broken or another transaction was in the
//! way. `batcher` sends what many requests ask at the same moment as one statement.

mod batcher;
mod engine;
mod failure;
mod mode;
mod open;
mod pool;

pub(crate) use batcher::Batcher;
pub(super) use engine::{Postgres, begin_migration, has_table};
pub(crate) use mode::Mode;
#[cfg(feature = "clap")]
pub(super) use open::{as_postgres, open};
pub(crate) use pool::Pool;
