use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use rand::Rng;
use rocket::tokio::select;
use rocket::tokio::sync::Notify;
use rocket::tokio::task::spawn_blocking;
use rocket::tokio::time::timeout;

use super::failure::Failure;
use super::mode::Mode;
use super::open::{as_postgres, is_closed, open};
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::transaction;
use crate::db::turns::Turns;

/// The connections to a server. A broken one is replaced when it is needed.
pub(crate) struct Pool {
    config: Config,
    /// SQL for each new connection.
    setup: &'static str,
    idle: Mutex<Vec<Idle>>,
    turns: Turns,
}

struct Idle {
    conn: DbConnection,
    since: Instant,
}

/// After this time without use, a connection is tried before a statement is sent that commits at once. If the server is gone, nobody
/// could know whether such a statement had an effect.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// The longest pause before a transaction that has met another one runs again. The pause is random, so that they don't meet
/// again.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

impl Pool {
    pub fn new(config: &Config, setup: &'static str) -> Self {
        Self { config: config.clone(), setup, idle: Mutex::default(), turns: Turns::new(config) }
    }

    /// Opens a connection, to find out at launch whether that is possible.
    pub fn open_first(&self) -> Result<(), Error> {
        self.put(self.open()?);
        Ok(())
    }

    /// Returns the setting `timeout`.
    pub fn timeout(&self) -> Duration {
        self.config.timeout
    }

    /// Runs queries on a connection, where they block no other request. They keep their turn until they end.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if the server does not answer the queries of this library, or the commit of an application's, for twice
    /// the `timeout`. A commit waits for as long as a synchronous standby is away. It can't be cancelled, because PostgreSQL
    /// then answers that it has succeeded.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        mode: Mode,
        queries: impl Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (turn, pool) = (self.turns.take().await?, self.clone());
        let time_runs = Arc::new(Notify::new());
        let limited = time_runs.clone();
        let mut work = spawn_blocking(move || {
            let _turn = turn;
            pool.run_blocking(mode, queries, &|| time_runs.notify_one())
        });
        let result = select! {
            result = &mut work => result,
            () = limited.notified() => timeout(2 * self.timeout(), work).await.map_err(|_| Error::Busy)?,
        };
        result.unwrap_or_else(|error| resume_unwind(error.into_panic()))
    }

    /// [`run_blocking`](Self::run_blocking) for queries that only PostgreSQL has.
    pub fn run_postgres<T>(
        &self,
        mode: Mode,
        queries: impl Fn(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        self.run_blocking(mode, |conn| queries(as_postgres(conn)), &|| ())
    }

    /// Runs queries on a connection. Runs them again if another transaction was in the way, until the `timeout`. If the
    /// connection was broken, runs them once more on a new one, unless they may have been committed. For `on_limit`, see
    /// [`Mode::run`].
    fn run_blocking<T>(
        &self,
        mode: Mode,
        queries: impl Fn(&mut DbConnection) -> QueryResult<T>,
        on_limit: &dyn Fn(),
    ) -> Result<T, Error> {
        let started = Instant::now();
        let mut was_disconnected = false;
        loop {
            let mut conn = self.take(mode)?;
            let failure = match mode.run(&mut conn, &queries, on_limit) {
                Ok(value) => {
                    self.put(conn);
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            self.put_after_failure(conn, &failure);
            if !failure.can_be_retried() || was_disconnected || started.elapsed() >= self.config.timeout {
                return Err(failure.into());
            }
            was_disconnected = failure.is_disconnected();
            if !was_disconnected {
                thread::sleep(rand::rng().random_range(Duration::ZERO..LONGEST_PAUSE));
            }
        }
    }

    fn take(&self, mode: Mode) -> Result<DbConnection, Error> {
        let idle = self.idle().pop();
        match idle {
            Some(Idle { mut conn, since }) => {
                let is_safe = !mode.commits_at_once()
                    || !is_closed(&mut conn)
                        && (since.elapsed() < TRIED_AFTER || conn.batch_execute("SELECT 1").is_ok());
                if is_safe {
                    return Ok(conn);
                }
                self.idle().clear();
                self.open()
            }
            None => self.open(),
        }
    }

    fn open(&self) -> Result<DbConnection, Error> {
        open(&self.config, self.setup)
    }

    fn put_after_failure(&self, conn: DbConnection, failure: &Failure) {
        match failure.is_disconnected() {
            true => self.idle().clear(), // they were opened earlier, and are broken too if the server was restarted
            false => self.put(conn),
        }
    }

    /// Keeps a connection for the next one who needs it, unless a transaction is open on it.
    fn put(&self, mut conn: DbConnection) {
        if transaction::depth(&mut conn) == Ok(0) {
            self.idle().push(Idle { conn, since: Instant::now() });
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
