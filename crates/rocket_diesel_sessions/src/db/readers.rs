//! The connections that read.

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

/// Connections that read, and the turns to use them.
///
/// A turn is waited for without blocking a thread. Where each waiting request blocked one, a database that another
/// program locks would soon have blocked all that the runtime may start, and with them the pages that ask for no
/// session.
pub(super) struct Readers {
    config: Config,
    file: Arc<DatabaseFile>,
    turns: Semaphore,
    /// For lookups while the disk is slow: they wait for each other, and not for those who read much.
    lookups: Semaphore,
    /// For how many more lookups the disk is held to be slow.
    wary: AtomicU32,
}

/// How long a reader's queries may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// They look up a row by its key.
    Brief,
    Any,
}

/// A lookup that took longer has waited for the disk, or its thread for a processor.
const SLOW: Duration = Duration::from_millis(10);

/// How many lookups after a slow one are made where they stop no other request.
const WARY: u32 = 100;

/// How long a read mark stays, unless a commit ends it: for so long another program's journal can't begin anew.
const MARK: Duration = Duration::from_secs(1);

const LOCK_POLL: Duration = Duration::from_millis(5);

impl Readers {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Self {
        let turns = || Semaphore::new(config.pool_size as usize);
        Self { config: config.clone(), file, turns: turns(), lookups: turns(), wary: AtomicU32::new(0) }
    }

    /// Runs queries. They are run again while another program holds a lock, as after a crash.
    pub async fn run<T>(
        &self,
        length: Length,
        queries: impl Fn(&mut DbConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        loop {
            let answer = match length {
                Length::Brief if !self.spend_wariness() => self.look_up(&queries),
                _ => {
                    let _turn = self.turn(length).await?;
                    blocking(|| self.query(Reader::Plain, &queries))
                }
            };
            match answer {
                Err(error) if is_passing(&error) && started.elapsed() < self.config.timeout => sleep(LOCK_POLL).await,
                answer => return answer,
            }
        }
    }

    /// Whether a lookup has waited for the disk lately: of the next hundred, this is one less.
    fn spend_wariness(&self) -> bool {
        self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |wary| wary.checked_sub(1)).is_ok()
    }

    /// A row that is looked up by its key takes some microseconds. To tell the runtime that its thread may block takes
    /// as many, so that is done for the other queries only, and while the disk is slow. Nor does a lookup need a turn:
    /// there are never more at once than threads.
    fn look_up<T>(&self, query: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let started = Instant::now();
        let answer = self.query(self.file.activity.lookup(), query);
        if started.elapsed() > SLOW {
            self.wary.store(WARY, Ordering::Relaxed);
        }
        answer
    }

    async fn turn(&self, length: Length) -> Result<SemaphorePermit<'_>, Error> {
        let turns = match length {
            Length::Brief => &self.lookups,
            Length::Any => &self.turns,
        };
        if let Ok(turn) = turns.try_acquire() {
            return Ok(turn); // without a timer, as nearly always
        }
        let turn = timeout(self.config.timeout, turns.acquire()).await;
        Ok(turn.map_err(|_| Error::Busy)?.expect("nobody closes the semaphore"))
    }

    fn query<T>(&self, kind: Reader, queries: impl Fn(&mut DbConnection) -> QueryResult<T>) -> Result<T, Error> {
        let open = self.file.try_hold().ok_or(Error::Busy)?;
        if kind == Reader::Mapped && !self.file.activity.is_disturbed() && open.mark() && self.file.activity.observe() {
            self.watch();
        }
        let idle = open.idle(kind).take();
        let anew = || sqlite::open_reader(&self.config, kind, || self.file.check_that(&open).map(drop));
        let mut conn = idle.map_or_else(anew, Ok)?;
        let answer = queries(&mut conn);
        // What a refused query leaves behind is not worth finding out; nor is what a panic does.
        if !matches!(answer, Err(QueryError::DatabaseError(..))) {
            open.idle(kind).give(conn);
        }
        Ok(answer?)
    }

    /// Has the read mark end in time. After a second without a commit, what is in the journal is moved into the file,
    /// where mapped readers find it without asking the operating system for copies.
    fn watch(&self) {
        let (config, watch) = (self.config.clone(), Watch(Arc::downgrade(&self.file)));
        let commits = self.file.activity.commits();
        let written = self.file.journal_written();
        task::spawn(async move {
            sleep(MARK).await;
            let file = watch.0.upgrade();
            let is_others =
                |file: &DatabaseFile| file.activity.commits() == commits && file.journal_written() != written;
            if let Some(file) = file.as_deref().filter(|file| is_others(file)) {
                file.activity.disturb();
            }
            drop(watch);
            if let Some(file) = file.filter(|file| file.activity.settle(commits)) {
                task::spawn_blocking(move || checkpointer::make(&config, &file));
            }
        });
    }
}

/// Ends the read mark with itself: in time, or with the runtime, which drops what still sleeps.
struct Watch(Weak<DatabaseFile>);

impl Drop for Watch {
    fn drop(&mut self) {
        let Some(file) = self.0.upgrade() else { return };
        file.activity.end();
        if let Some(open) = file.try_hold() {
            open.unmark();
        }
    }
}

/// Another program has a lock, as the first one does that opens a database after a crash; or the file is opened anew.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Query(error) => sqlite::is_locked(error),
        Error::Connect { reason, .. } => reason.contains("is locked"),
        error => matches!(error, Error::Busy),
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
