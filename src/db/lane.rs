//! Connections that wait for their turn without blocking a thread.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};
use rocket::tokio::runtime::{Handle, RuntimeFlavor};
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task;

use super::sqlite::Setup;
use super::{Config, DbConnection, Error};

/// Connections, and the turns to use them.
///
/// A turn is waited for without blocking a thread. Where each waiting request blocked one, a database that another
/// program locks would soon have blocked all that the runtime may start, and with them the pages that ask for no session.
#[derive(Clone)]
pub(super) struct Lane {
    connections: Pool<ConnectionManager<DbConnection>>,
    turns: Arc<Semaphore>,
    timeout: Duration,
}

impl Lane {
    /// A lane of `size` connections, each prepared by `setup`.
    pub fn open(size: u32, config: &Config, setup: Setup) -> Result<Self, Error> {
        let connections = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(config.timeout)
            .test_on_check_out(false) // a ping for each request; a broken connection is found at its return
            .connection_customizer(Box::new(setup))
            .build(ConnectionManager::new(&config.url))?;
        Ok(Self { connections, turns: Arc::new(Semaphore::new(size as usize)), timeout: config.timeout })
    }

    /// A connection for who may block, at launch and in commands.
    pub fn get(&self) -> Result<PooledConnection<ConnectionManager<DbConnection>>, Error> {
        Ok(self.connections.get()?)
    }

    /// Runs queries when it is their turn.
    pub async fn run<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        let turn = rocket::tokio::time::timeout(self.timeout, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| Error::Busy)?.expect("nobody closes the semaphore");
        let connections = self.connections.clone();
        blocking(move || Ok(queries(&mut *connections.get()?)?)).await
    }
}

/// Runs what blocks where it stops no other request. `block_in_place` costs a fifth of `spawn_blocking`, but exists on
/// runtimes with several threads only; Rocket's own is one, a test's may not be.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => task::spawn_blocking(work).await.expect("nothing aborts the work"),
        _ => task::block_in_place(work),
    }
}
