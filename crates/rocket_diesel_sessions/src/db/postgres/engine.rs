use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::open::{as_postgres, open};
use super::pool::Pool;
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::transaction;

/// A server with its connections.
pub(in crate::db) struct Postgres {
    config: Config,
    pub pool: Arc<Pool>,
    /// The connections for statements that find many rows by their keys.
    pub batch_pool: Arc<Pool>,
}

/// PostgreSQL plans a prepared statement once, perhaps while the table is new and small. Without this, it then reads the whole
/// table for each batch, until it notices that the table has grown.
const ALWAYS_BY_INDEX: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

impl Postgres {
    /// Opens a connection. The others are opened when they are needed.
    pub fn connect(config: &Config) -> Result<Self, Error> {
        let pool = Arc::new(Pool::new(config, ""));
        pool.open_first()?;
        let batch_pool = Arc::new(Pool::new(config, ALWAYS_BY_INDEX));
        Ok(Self { config: config.clone(), pool, batch_pool })
    }

    /// Opens a connection for a launch or a command, which may block.
    pub fn open(&self) -> Result<DbConnection, Error> {
        open(&self.config, "")
    }
}

/// Any number that no other program uses: the first bytes of the SHA-256 of the crate's name.
const MIGRATION_LOCK: i64 = 0x1457_8eb1_9ead_356e;

/// Begins a transaction that keeps other programs from migrating. Without the lock, two programs that create the same table
/// at the same moment fail with a duplicate key.
pub(in crate::db) fn begin_migration(conn: &mut DbConnection) -> QueryResult<()> {
    transaction::begin(conn)?;
    // A migration of another program takes as long as it takes.
    conn.batch_execute(&format!("SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
}

pub(in crate::db) fn has_table(conn: &mut DbConnection, name: &str) -> QueryResult<bool> {
    let exists = sql::<Bool>("to_regclass(").bind::<Text, _>(name).sql(") IS NOT NULL");
    diesel::select(exists).get_result(as_postgres(conn))
}
