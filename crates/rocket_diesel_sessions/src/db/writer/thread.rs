use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use rocket::tokio::sync::mpsc::Receiver;

use super::group_commit;
use super::job::Job;
use crate::db::checkpointer::Checkpointer;
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::file::DatabaseFile;
use crate::db::sqlite;
use crate::error_text::error_chain;

/// How many jobs can wait, and how many one transaction contains at most.
pub(super) const QUEUE_SIZE: usize = 256;

/// A WAL of more bytes is copied into the file. A checkpoint of this length is worth its costs, and recovery after a
/// crash still reads this much without a noticeable delay.
const LONG_WAL: u64 = 2 * sqlite::WAL_SIZE_LIMIT;

/// If the WAL has more bytes, the writer waits for readers. Otherwise readers that overlap would keep it from starting
/// again from its beginning.
const TOO_LONG_WAL: u64 = 8 * LONG_WAL;

/// How long the writer waits for those readers. All changes wait with it.
const READERS_TIMEOUT: Duration = Duration::from_millis(250);

/// How long the writer does not wait for readers again after a timeout: one of them stays, for example a backup.
const PAUSE_AFTER_TIMEOUT: Duration = Duration::from_secs(60);

/// How often the writer checks whether another program still holds its lock. A busy server releases it for some 50 µs
/// between two commits, and `clearsessions` in another process has to meet one of these moments.
const LOCK_POLL: Duration = Duration::from_micros(200);

/// The thread that writes.
pub(super) struct WriterThread {
    pub(super) config: Config,
    pub(super) file: Arc<DatabaseFile>,
    pub(super) checkpointer: Checkpointer,
    /// `None` after a failure: the next batch opens another one.
    pub(super) conn: Option<DbConnection>,
    /// When the writer waited for readers in vain.
    readers_timed_out_at: Option<Instant>,
}

type Jobs = Vec<Box<dyn Job>>;

impl WriterThread {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let checkpointer = Checkpointer::start(config, file.clone())?;
        let config = config.clone();
        let mut writer = Self { config, file, checkpointer, conn: None, readers_timed_out_at: None };
        // Programs that start on a new file at the same moment may remove each other's first WAL.
        let started = Instant::now();
        while let Err(error) = writer.reopen() {
            let is_transient = matches!(error, Error::FileLost { .. } | Error::Busy);
            if !is_transient || started.elapsed() >= writer.config.timeout {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(writer)
    }

    /// Runs jobs until the queue is closed and all submitted jobs have their answer.
    pub fn serve(mut self, mut queue: Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::with_capacity(QUEUE_SIZE);
        while queue.blocking_recv_many(&mut jobs, QUEUE_SIZE) > 0 {
            // A job catches its own panics, but an application's instrumentation may panic too.
            let result = catch_unwind(AssertUnwindSafe(|| self.run_batch(&mut jobs, &mut queue)));
            if result.is_err() {
                rocket::error!("database: {} writes were given up after a panic", jobs.len());
                jobs.drain(..).for_each(|job| catch_panic(|| drop(job)));
                self.conn = None;
            }
        }
        // If another file is at the path now, it must not get the WAL of the old one.
        if self.file.must_reopen() {
            self.reopen_or_log();
        }
    }

    /// Runs one transaction, answers its jobs, and prepares for the next one.
    fn run_batch(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) {
        let committed = self.commit(jobs, queue).map_err(Arc::new);
        let query_errors = || jobs.iter().filter_map(|job| job.query_error());
        // A job's error may be the only sign of it: if the other jobs wrote nothing, the commit succeeds.
        let mut read_only = query_errors().any(sqlite::is_read_only);
        if let Err(error) = &committed {
            let cause = query_errors().next().map(|error| format!(", after: {error}")).unwrap_or_default();
            rocket::error!("database: not committed: {}{cause}", error_chain(error));
            read_only |= matches!(&**error, Error::Query(error) if sqlite::is_read_only(error));
        }
        if committed.is_err() {
            self.recover(read_only); // before the answers, so that their callers read from the new file
        }
        let result = committed.as_ref().map(drop).map_err(Arc::clone);
        for job in jobs.drain(..) {
            catch_panic(|| job.answer(result.clone()));
        }
        match committed {
            Ok(_) if read_only => self.recover(true),
            Ok(wal_len) => self.limit_wal(wal_len),
            Err(_) => {}
        }
    }

    /// Commits the jobs, and those that come while it waits for the lock. Returns the length of the WAL before the
    /// commit, or 0 if no job is left.
    fn commit(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) -> Result<u64, Error> {
        if self.conn.is_none() {
            self.open()?;
        }
        let conn = self.conn.as_mut().expect("just opened");
        if !begin(conn, jobs, queue, self.config.timeout)? {
            self.recover(false); // the lock may belong to a file that was removed
            return Ok(0);
        }
        let mut wal_len = 0;
        let check = || self.file.check().map(|len| wal_len = len);
        let timeout = self.config.timeout;
        group_commit::commit(conn, jobs, |conn| begin_again(conn, timeout), check)?;
        self.file.record_commit();
        Ok(wal_len)
    }

    /// Keeps the WAL short. If it is long and the checkpointer has copied most of it, copies the rest between two
    /// batches, so that it starts again from its beginning.
    fn limit_wal(&mut self, wal_len: u64) {
        // The first commit after the WAL has started again makes its file shorter.
        if wal_len <= LONG_WAL || self.file.check().is_ok_and(|wal_len| wal_len <= LONG_WAL) {
            return;
        }
        let Some(conn) = &mut self.conn else { return };
        if !self.checkpointer.take_done_or_request() {
            return;
        }
        let is_paused = self.readers_timed_out_at.is_some_and(|at| at.elapsed() <= PAUSE_AFTER_TIMEOUT);
        let waits = wal_len > TOO_LONG_WAL && !is_paused;
        match sqlite::checkpoint_with_timeout(conn, if waits { READERS_TIMEOUT } else { Duration::ZERO }) {
            Ok(false) if waits => self.readers_timed_out_at = Some(Instant::now()),
            Ok(_) => {}
            Err(error) => rocket::warn!("database: the WAL was not restarted: {}", error_chain(&error)),
        }
    }
}

/// Begins the transaction of a batch that must run again. Another program may have taken the lock in the meantime.
fn begin_again(conn: &mut DbConnection, timeout: Duration) -> QueryResult<()> {
    let started = Instant::now();
    loop {
        match group_commit::begin(conn) {
            Err(error) if sqlite::is_locked(&error) && started.elapsed() < timeout => thread::sleep(LOCK_POLL),
            result => return result,
        }
    }
}

/// Calls code that drops values of an application. If one panics, the other jobs must still get an answer.
fn catch_panic(drops: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(drops)).is_err() {
        rocket::error!("database: a write panicked when it was dropped");
    }
}

/// Begins a transaction. While another program holds the lock, accepts more jobs, and gives up each job after the
/// `timeout`. Returns false if no job is left.
fn begin(
    conn: &mut DbConnection,
    jobs: &mut Jobs,
    queue: &mut Receiver<Box<dyn Job>>,
    timeout: Duration,
) -> Result<bool, Error> {
    loop {
        let locked = match group_commit::begin(conn) {
            Ok(()) => return Ok(true),
            Err(error) if sqlite::is_locked(&error) => Arc::new(Error::from(error)),
            Err(error) => return Err(error.into()),
        };
        let timed_out: Jobs = jobs.extract_if(.., |job| job.submitted_at().elapsed() >= timeout).collect();
        if !timed_out.is_empty() {
            rocket::error!("database: {} writes were not committed: {}", timed_out.len(), error_chain(&locked));
            timed_out.into_iter().for_each(|job| catch_panic(|| job.answer(Err(locked.clone()))));
        }
        if jobs.is_empty() {
            return Ok(false);
        }
        thread::sleep(LOCK_POLL);
        while jobs.len() < QUEUE_SIZE
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
    }
}
