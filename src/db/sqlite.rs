//! What only SQLite needs to be told.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{self, CustomizeConnection};

use super::{Config, DbConnection};

/// Prepares each connection that a pool opens.
#[derive(Debug)]
pub(super) struct Setup {
    pub config: Config,
    pub read_only: bool,
}

impl CustomizeConnection<DbConnection, r2d2::Error> for Setup {
    fn on_acquire(&self, conn: &mut DbConnection) -> Result<(), r2d2::Error> {
        let read_only = if self.read_only { "PRAGMA query_only = ON" } else { "PRAGMA query_only = OFF" };
        pragmas(conn, &self.config)
            .and_then(|()| diesel::sql_query(read_only).execute(conn))
            .map(drop)
            .map_err(r2d2::Error::QueryError)
    }
}

/// The busy timeout first: all that follows may have to wait for another program's lock.
pub(super) fn pragmas(conn: &mut DbConnection, config: &Config) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {};
         PRAGMA synchronous = FULL;   -- a commit that has answered survives a power cut",
        config.timeout.as_millis()
    ))
}

/// The journal with which readers and the writer don't wait for each other. The file remembers it.
///
/// Changing it asks for a lock in a way that SQLite refuses at once, whatever the timeout, while another program that
/// starts at the same moment asks too.
pub(super) fn journal_in_wal(conn: &mut DbConnection, config: &Config) -> QueryResult<()> {
    let started = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL") {
            Err(error) if error.to_string().contains("locked") && started.elapsed() < config.timeout => {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}
