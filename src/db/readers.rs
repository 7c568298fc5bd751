//! The connections that read.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::result::Error as QueryError;
use rocket::tokio::runtime::{Handle, RuntimeFlavor};
use rocket::tokio::sync::{Semaphore, SemaphorePermit};
use rocket::tokio::task;
use rocket::tokio::time::timeout;

use super::file::DatabaseFile;
use super::{Config, DbConnection, Error, sqlite};

/// Connections that read, and the turns to use them.
///
/// A turn is waited for without blocking a thread. Where each waiting request blocked one, a database that another
/// program locks would soon have blocked all that the runtime may start, and with them the pages that ask for no session.
pub(super) struct Readers {
    config: Config,
    file: Arc<DatabaseFile>,
    turns: Semaphore,
}

impl Readers {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Self {
        let turns = Semaphore::new(config.pool_size as usize);
        Self { config: config.clone(), file, turns }
    }

    /// Runs queries when it is their turn.
    pub async fn run<T>(&self, queries: impl FnOnce(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let _turn = self.turn().await?;
        blocking(|| self.query(queries))
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(turn); // without a timer, as nearly always
        }
        let turn = timeout(self.config.timeout, self.turns.acquire()).await;
        Ok(turn.map_err(|_| Error::Busy)?.expect("nobody closes the semaphore"))
    }

    /// The connection that was used last is used next: its page cache is warm.
    fn query<T>(&self, queries: impl FnOnce(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let open = self.file.hold();
        let idle = open.idle().pop();
        let mut conn = idle.map_or_else(|| sqlite::open_reader(&self.config), Ok)?;
        let answer = queries(&mut conn);
        // What a refused query leaves behind is not worth finding out; nor is what a panic does.
        if !matches!(answer, Err(QueryError::DatabaseError(..))) {
            open.idle().push(conn);
        }
        Ok(answer?)
    }
}

/// Runs what blocks where it stops no other request. `block_in_place` exists on runtimes with several threads only;
/// Rocket's own is one, a test's may not be.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => task::block_in_place(work),
    }
}
