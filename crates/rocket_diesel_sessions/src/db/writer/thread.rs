use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use rocket::tokio::sync::mpsc::Receiver;

use super::group_commit;
use super::job::Job;
use crate::db::checkpointer::Checkpointer;
use crate::db::code::{Code, code};
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::file::DatabaseFile;
use crate::db::pool::Pool;
use crate::db::sqlite;
use crate::error_text::error_chain;

/// How many jobs can wait, and how many one transaction takes at most.
pub(super) const QUEUE: usize = 256;

/// How many batches run with savepoints after a job has failed. Without this, a visitor who makes one write in each batch
/// fail would make each batch run twice.
const BATCHES_WITH_SAVEPOINTS: u32 = 64;

/// From this size on, in bytes, the WAL is copied into the database file. A checkpoint is worth its price then, and a start
/// after a crash still reads the WAL quickly.
const LARGE_WAL: u64 = 2 * sqlite::WAL_KEPT;

/// From this size on, in bytes, the writer waits for readers that keep the WAL from starting again.
const HUGE_WAL: u64 = 8 * LARGE_WAL;

/// How long the writer waits for them, and every change with it.
const READER_TIMEOUT: Duration = Duration::from_millis(250);

/// How long the writer does not wait again if it has waited in vain, for example for a backup.
const PAUSE_AFTER_TIMEOUT: Duration = Duration::from_secs(60);

/// How often the writer tries to get a lock that another program holds. A busy server releases it for some 50 µs between two
/// commits, and a `clearsessions` beside it has to meet one of these moments.
const LOCK_POLL: Duration = Duration::from_micros(200);

/// The thread that writes.
pub(super) struct WriterThread {
    config: Config,
    file: Arc<DatabaseFile>,
    pool: Arc<Pool>,
    checkpointer: Checkpointer,
    /// `None` after a failure. The next batch opens another one.
    conn: Option<DbConnection>,
    batches_with_savepoints: u32,
    /// When the writer has waited for readers in vain.
    waited_in_vain: Option<Instant>,
}

type Jobs = Vec<Box<dyn Job>>;

impl WriterThread {
    pub fn new(config: &Config, file: Arc<DatabaseFile>, pool: Arc<Pool>) -> Result<Self, Error> {
        let conn = sqlite::open_writer(config, || Ok(()))?;
        file.check()?;
        Ok(Self {
            checkpointer: Checkpointer::start(config, file.clone())?,
            config: config.clone(),
            file,
            pool,
            conn: Some(conn),
            batches_with_savepoints: 0,
            waited_in_vain: None,
        })
    }

    /// Serves until all submitted jobs are answered and nobody can submit another one.
    pub fn serve(mut self, mut queue: Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::with_capacity(QUEUE);
        while queue.blocking_recv_many(&mut jobs, QUEUE) > 0 {
            // A panic of a job is caught where it runs. This is for an application's instrumentation.
            if catch_unwind(AssertUnwindSafe(|| self.serve_batch(&mut jobs, &mut queue))).is_err() {
                rocket::error!("database: {} writes were given up after a panic", jobs.len());
                jobs.clear();
                self.reopen();
            }
        }
        self.pool.close_idle();
        // The last connection that is closed moves the WAL at the path into its own file and deletes it. If the files at the
        // path are not ours, this one stays open until the process ends.
        if self.file.check().is_err() {
            std::mem::forget(self.conn.take());
        }
    }

    fn serve_batch(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) {
        let committed = self.commit(jobs, queue).map_err(Arc::new);
        if let Err(error) = &committed {
            rocket::error!("database: not committed: {}", error_chain(error));
            self.reopen();
        }
        if jobs.iter().any(|job| job.found_read_only()) {
            self.reopen_all();
        }
        let answer = committed.as_ref().map(drop).map_err(Arc::clone);
        for job in jobs.drain(..) {
            job.answer(answer.clone());
        }
        if let Ok(wal_size) = committed {
            self.limit_wal(wal_size);
        }
    }

    /// Commits the jobs, and those that are submitted while it waits for the lock. Returns the size of the WAL before, or 0
    /// if no job is left.
    fn commit(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) -> Result<u64, Error> {
        self.file.check()?;
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(sqlite::open_writer(&self.config, || self.file.check().map(drop))?),
        };
        if !begin(conn, jobs, queue, self.config.timeout)? {
            return Ok(0);
        }
        if self.batches_with_savepoints > 0 {
            self.batches_with_savepoints -= 1;
            group_commit::run_with_savepoints(conn, jobs)?;
        } else if !group_commit::run(conn, jobs)? {
            self.batches_with_savepoints = BATCHES_WITH_SAVEPOINTS;
            group_commit::roll_back(conn)?;
            wait_for_lock(conn, self.config.timeout)?;
            group_commit::run_with_savepoints(conn, jobs)?;
        }
        let wal_size = self.file.check()?;
        group_commit::commit(conn)?;
        Ok(wal_size)
    }

    /// Makes the next batch open another connection, because a transaction failed. If the file is lost, nothing is closed.
    fn reopen(&mut self) {
        if self.file.check().is_ok() {
            self.file.forget_wal(); // if this is the last connection, SQLite deletes the WAL
            self.conn = None;
        }
    }

    /// Makes the readers open other connections too. As long as one connection is open that was opened while the file was
    /// read-only, SQLite can't write.
    fn reopen_all(&mut self) {
        if self.file.check().is_ok() {
            self.pool.close_idle();
            self.reopen();
        }
    }

    /// Keeps the WAL from growing. Between two batches, it copies the rest that the checkpointer has left, while nobody
    /// extends the WAL.
    fn limit_wal(&mut self, wal_size: u64) {
        // SQLite shortens the file at the first commit after a restart of the WAL.
        if wal_size <= LARGE_WAL || self.file.check().is_ok_and(|wal_size| wal_size <= LARGE_WAL) {
            return;
        }
        let Some(conn) = self.conn.as_mut().filter(|_| self.checkpointer.request()) else { return };
        let may_wait = wal_size > HUGE_WAL && self.waited_in_vain.is_none_or(|at| at.elapsed() > PAUSE_AFTER_TIMEOUT);
        match sqlite::checkpoint_rest(conn, if may_wait { READER_TIMEOUT } else { Duration::ZERO }) {
            Ok(false) if may_wait => self.waited_in_vain = Some(Instant::now()),
            Ok(_) => {}
            Err(error) => rocket::warn!("database: no checkpoint was made: {}", error_chain(&error)),
        }
    }
}

/// Waits for another program's lock and takes further jobs in the meantime. Each job waits for the `timeout`. Returns false
/// if no job is left.
fn begin(
    conn: &mut DbConnection,
    jobs: &mut Jobs,
    queue: &mut Receiver<Box<dyn Job>>,
    timeout: Duration,
) -> Result<bool, Error> {
    loop {
        let locked = match group_commit::begin(conn) {
            Ok(()) => return Ok(true),
            Err(error) if code(&error) == Code::Locked => Arc::new(Error::from(error)),
            Err(error) => return Err(error.into()),
        };
        let late: Jobs = jobs.extract_if(.., |job| job.submitted().elapsed() >= timeout).collect();
        if !late.is_empty() {
            rocket::error!("database: {} writes were not committed: {}", late.len(), error_chain(&locked));
            late.into_iter().for_each(|job| job.answer(Err(locked.clone())));
        }
        if jobs.is_empty() {
            return Ok(false);
        }
        thread::sleep(LOCK_POLL);
        while jobs.len() < QUEUE
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
    }
}

/// Begins the second run of a batch. Another program may have taken the lock since the first.
fn wait_for_lock(conn: &mut DbConnection, timeout: Duration) -> QueryResult<()> {
    let started = Instant::now();
    loop {
        match group_commit::begin(conn) {
            Err(error) if code(&error) == Code::Locked && started.elapsed() < timeout => {
                thread::sleep(LOCK_POLL);
            }
            begun => return begun,
        }
    }
}
