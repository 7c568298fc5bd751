use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;
use rocket::tokio::runtime::{Handle, RuntimeFlavor};
use rocket::tokio::sync::{Semaphore, SemaphorePermit};
use rocket::tokio::task;
use rocket::tokio::time::{sleep, timeout};

use super::config::Config;
use super::connection::DbConnection;
use super::error::{Error, ErrorKind};
use super::file::DatabaseFile;
use super::sqlite;

/// The connections that read.
///
/// A request waits for its turn without blocking a thread. If each waiting request blocked one, a database that another
/// program has locked would soon block all threads of the runtime, and with them the pages that need no database.
pub(super) struct Pool {
    config: Config,
    file: Arc<DatabaseFile>,
    idle: Mutex<Vec<DbConnection>>,
    /// One permit for each closure that may run at the same time.
    permits: Semaphore,
}

/// How long a query waits before it tries again to get a lock.
const LOCK_POLL: Duration = Duration::from_millis(5);

impl Pool {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Self {
        let permits = Semaphore::new(config.pool_size as usize);
        Self { config: config.clone(), file, idle: Mutex::default(), permits }
    }

    /// Opens all connections, so that reads still work if somebody moves the file away.
    pub fn open_all(&self) -> Result<(), Error> {
        for _ in 0..self.config.pool_size {
            let conn = self.open()?;
            self.idle().push(conn);
        }
        Ok(())
    }

    /// Runs queries of any length in a read transaction, where they block no other request.
    ///
    /// The transaction is ended here, whatever the queries do. Otherwise a later query on the same connection could see old
    /// data.
    pub async fn run<T>(&self, queries: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let _permit = self.acquire().await?;
        self.retry(|| blocking(|| self.with_connection(|conn| conn.transaction(&queries)))).await
    }

    /// Looks up a row by its key. This takes some microseconds. To tell the runtime that the thread may block takes as long,
    /// so this does not.
    pub async fn look_up<T>(&self, query: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        self.retry(|| self.with_connection(&query)).await
    }

    async fn acquire(&self) -> Result<SemaphorePermit<'_>, Error> {
        match self.permits.try_acquire() {
            Ok(permit) => Ok(permit), // nearly always, and without a timer
            Err(_) => match timeout(self.config.timeout, self.permits.acquire()).await {
                Ok(permit) => Ok(permit.expect("nobody closes the semaphore")),
                Err(_) => Err(Error::Busy),
            },
        }
    }

    /// Closes the connections that are not in use.
    pub fn close_idle(&self) {
        self.idle().clear();
    }

    /// Runs queries again while another program holds a lock, as the first program does that opens a database after a crash.
    async fn retry<T>(&self, run: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        let started = Instant::now();
        loop {
            match run() {
                Err(error) if error.kind() == ErrorKind::Locked && started.elapsed() < self.config.timeout => {
                    sleep(LOCK_POLL).await
                }
                answer => return answer,
            }
        }
    }

    /// Runs queries on a connection. It is kept only if the queries have left no transaction open.
    fn with_connection<T>(&self, run: impl FnOnce(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let idle = self.idle().pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => self.open()?,
        };
        let answer = run(&mut conn);
        let status = AnsiTransactionManager::transaction_manager_status_mut(&mut conn).transaction_depth();
        if matches!(status, Ok(None)) {
            self.idle().push(conn);
        }
        Ok(answer?)
    }

    fn open(&self) -> Result<DbConnection, Error> {
        sqlite::open_reader(&self.config, &self.file)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<DbConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs work that blocks so that it stops no other request. `block_in_place` works only on a runtime with several threads,
/// as Rocket's is; that of a test may have one.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => task::block_in_place(work),
    }
}
