//! The connections for reading.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::result::Error as QueryError;
use rocket::tokio::runtime::{Handle, RuntimeFlavor};
use rocket::tokio::sync::{Semaphore, SemaphorePermit};
use rocket::tokio::task;
use rocket::tokio::time::{sleep, timeout};

use super::checkpointer;
use super::config::Config;
use super::connection::DbConnection;
use super::error::Error;
use super::file::DatabaseFile;
use super::sqlite::{self, Reader};

/// The connections for reading, and the permits to use them.
///
/// A request waits for a permit without blocking a thread. If each waiting request blocked one, a database that another
/// program locks would soon block all threads that the runtime may start, and with them the pages that use no session.
pub(super) struct Readers {
    config: Config,
    file: Arc<DatabaseFile>,
    permits: Semaphore,
    /// For lookups while the disk is slow, so that they don't wait for long queries.
    lookup_permits: Semaphore,
    /// How many more lookups run as if the disk were slow.
    slow_disk_lookups: AtomicU32,
}

/// How long the queries of a closure may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum QueryKind {
    /// They look up one row by its key.
    Lookup,
    Any,
}

/// A lookup that took longer has waited for the disk, or its thread has waited for a processor.
const SLOW_LOOKUP: Duration = Duration::from_millis(10);

/// How many lookups after a slow one run as other queries do, so that they block no other request.
const SLOW_DISK_LOOKUPS: u32 = 100;

/// How long a read mark stays if no commit ends it. For this long, the WAL of another program can't start again from
/// its beginning.
const READ_MARK_TIME: Duration = Duration::from_secs(1);

const LOCK_POLL: Duration = Duration::from_millis(5);

impl Readers {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Self {
        let permits = || Semaphore::new(config.pool_size as usize);
        Self {
            config: config.clone(),
            file,
            permits: permits(),
            lookup_permits: permits(),
            slow_disk_lookups: AtomicU32::new(0),
        }
    }

    /// Runs queries. While another program holds a lock, for example after a crash, runs them again until the
    /// `timeout`.
    pub async fn run<T>(
        &self,
        kind: QueryKind,
        queries: impl Fn(&mut DbConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        loop {
            let result = match kind {
                QueryKind::Lookup if !self.is_disk_slow() => self.look_up(&queries),
                _ => {
                    let _permit = self.permit(kind).await?;
                    run_blocking(|| self.query(Reader::Plain, &queries))
                }
            };
            match result {
                Err(error) if is_transient(&error) && started.elapsed() < self.config.timeout => sleep(LOCK_POLL).await,
                result => return result,
            }
        }
    }

    /// Returns true for the hundred lookups after a slow one. Each call counts as one of them.
    fn is_disk_slow(&self) -> bool {
        self.slow_disk_lookups.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Looks up a row on the thread of the request. That takes some microseconds, and telling the runtime that the
    /// thread may block would take as long. So only other queries do that, and lookups while the disk is slow. No
    /// permit is needed either, because there are never more lookups at the same time than threads.
    fn look_up<T>(&self, query: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let started = Instant::now();
        let result = self.query(self.file.activity.record_lookup(), query);
        if started.elapsed() > SLOW_LOOKUP {
            self.slow_disk_lookups.store(SLOW_DISK_LOOKUPS, Ordering::Relaxed);
        }
        result
    }

    async fn permit(&self, kind: QueryKind) -> Result<SemaphorePermit<'_>, Error> {
        let permits = match kind {
            QueryKind::Lookup => &self.lookup_permits,
            QueryKind::Any => &self.permits,
        };
        if let Ok(permit) = permits.try_acquire() {
            return Ok(permit); // the usual case, which needs no timer
        }
        let permit = timeout(self.config.timeout, permits.acquire()).await;
        Ok(permit.map_err(|_| Error::Busy)?.expect("nobody closes the semaphore"))
    }

    fn query<T>(&self, kind: Reader, queries: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let open_files = self.file.try_lock_shared().ok_or(Error::Busy)?;
        let activity = &self.file.activity;
        let is_quiet = kind == Reader::Mapped && !activity.is_read_mark_paused();
        if is_quiet && open_files.begin_read_mark() && activity.begin_watch() {
            self.end_read_mark_later();
        }
        let idle = open_files.idle(kind).take();
        let open = || sqlite::open_reader(&self.config, kind, || self.file.check_against(&open_files).map(drop));
        let mut conn = idle.map_or_else(open, Ok)?;
        let result = queries(&mut conn);
        // After a database error or a panic the connection is closed, because its state is unknown.
        if !matches!(result, Err(QueryError::DatabaseError(..))) {
            open_files.idle(kind).put(conn);
        }
        Ok(result?)
    }

    /// Ends the read mark after a second. If there was no commit in that second, copies the WAL into the file, where
    /// mapped connections read without system calls.
    fn end_read_mark_later(&self) {
        let (config, guard) = (self.config.clone(), ReadMarkGuard(Arc::downgrade(&self.file)));
        let commits = self.file.activity.commits();
        let wal_modified_at = self.file.wal_modified_at();
        task::spawn(async move {
            sleep(READ_MARK_TIME).await;
            let file = guard.0.upgrade();
            let has_other_writer =
                |file: &DatabaseFile| file.activity.commits() == commits && file.wal_modified_at() != wal_modified_at;
            if let Some(file) = file.as_deref().filter(|file| has_other_writer(file)) {
                file.activity.pause_read_marks();
            }
            drop(guard);
            if let Some(file) = file.filter(|file| file.activity.is_idle_checkpoint_due(commits)) {
                task::spawn_blocking(move || checkpointer::checkpoint_or_log(&config, &file));
            }
        });
    }
}

/// Ends the read mark when it is dropped: after a second, or when the runtime ends and drops its sleeping tasks.
struct ReadMarkGuard(Weak<DatabaseFile>);

impl Drop for ReadMarkGuard {
    fn drop(&mut self) {
        let Some(file) = self.0.upgrade() else { return };
        file.activity.end_watch();
        if let Some(open_files) = file.try_lock_shared() {
            open_files.end_read_mark();
        }
    }
}

/// Checks whether another try may succeed: another program holds a lock, as the first one to open a database after a
/// crash does, or the files are being reopened.
fn is_transient(error: &Error) -> bool {
    match error {
        Error::Query(error) => sqlite::is_locked(error),
        Error::Connect { reason, .. } => reason.contains("is locked"),
        error => matches!(error, Error::Busy),
    }
}

/// Runs code that blocks, so that it blocks no other request if the runtime has several threads, as Rocket's own has.
/// `block_in_place` panics on a runtime with one thread, which a test may use.
fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => task::block_in_place(work),
    }
}
