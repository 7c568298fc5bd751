use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use rocket::tokio::runtime::{Handle, RuntimeFlavor};
use rocket::tokio::task;
use rocket::tokio::time::sleep;

use super::file::DatabaseFile;
use super::open::open_reader;
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::{Error, ErrorKind};
use crate::db::transaction;
use crate::db::turns::Turns;

/// The connections that read.
pub(in crate::db) struct Pool {
    config: Config,
    file: Arc<DatabaseFile>,
    idle: Mutex<Vec<DbConnection>>,
    turns: Turns,
}

/// How long a query waits before it tries again to get a lock.
const LOCK_POLL: Duration = Duration::from_millis(5);

impl Pool {
    pub(super) fn new(config: &Config, file: Arc<DatabaseFile>) -> Self {
        Self { config: config.clone(), file, idle: Mutex::default(), turns: Turns::new(config) }
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
        let _turn = self.turns.take().await?;
        self.retry(|| blocking(|| self.with_connection(|conn| conn.transaction(&queries)))).await
    }

    /// Looks up a row by its key. This takes some microseconds. To tell the runtime that the thread may block takes as long,
    /// so this does not.
    pub async fn look_up<T>(&self, query: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        self.retry(|| self.with_connection(&query)).await
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
        if transaction::depth(&mut conn) == Ok(0) {
            self.idle().push(conn);
        }
        Ok(answer?)
    }

    fn open(&self) -> Result<DbConnection, Error> {
        open_reader(&self.config, &self.file)
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
