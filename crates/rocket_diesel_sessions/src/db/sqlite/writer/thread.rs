use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rocket::tokio::sync::mpsc::Receiver;

use super::group_commit;
use super::job::Job;
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::{Error, ErrorKind};
use crate::db::sqlite::checkpoint::checkpoint_rest;
use crate::db::sqlite::checkpointer::Checkpointer;
use crate::db::sqlite::file::DatabaseFile;
use crate::db::sqlite::open::{WAL_KEPT, open_writer};
use crate::db::sqlite::pool::Pool;
use crate::error_text::error_chain;

/// How many jobs can wait, and how many one transaction takes at most.
pub(super) const QUEUE: usize = 256;

/// How many batches run with savepoints after a job has failed. Without this, a visitor who makes one write in each batch
/// fail would make each batch run twice.
const BATCHES_WITH_SAVEPOINTS: u32 = 64;

/// From this size on, in bytes, the WAL is copied into the database file. A checkpoint is worth its price then, and a start
/// after a crash still reads the WAL quickly.
const LARGE_WAL: u64 = 2 * WAL_KEPT;

/// How long the writer, and every change with it, waits for readers that still need the WAL. If they need it longer, for
/// example for a backup, the next checkpoint is made when the WAL has grown by [`LARGE_WAL`] again.
const READER_TIMEOUT: Duration = Duration::from_millis(20);

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
    /// The size of the WAL, in bytes, from which on the next checkpoint is made.
    checkpoint_from: u64,
}

type Jobs = Vec<Box<dyn Job>>;

impl WriterThread {
    pub fn new(config: &Config, file: Arc<DatabaseFile>, pool: Arc<Pool>) -> Result<Self, Error> {
        Ok(Self {
            conn: Some(open_writer(config, &file)?),
            checkpointer: Checkpointer::new(config, file.clone()),
            config: config.clone(),
            file,
            pool,
            batches_with_savepoints: 0,
            checkpoint_from: LARGE_WAL,
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
        }
        if committed.is_err() || jobs.iter().any(|job| job.found_read_only()) {
            self.reopen();
        }
        for job in jobs.drain(..) {
            job.answer(committed.clone());
        }
        self.limit_wal();
    }

    /// Commits the jobs, and those that are submitted while it waits for the lock.
    fn commit(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) -> Result<(), Error> {
        self.file.check()?;
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(open_writer(&self.config, &self.file)?),
        };
        if !begin(conn, jobs, queue, self.config.timeout)? {
            return Ok(());
        }
        if self.batches_with_savepoints > 0 {
            self.batches_with_savepoints -= 1;
            group_commit::run_with_savepoints(conn, jobs)?;
        } else if !group_commit::run(conn, jobs)? {
            self.batches_with_savepoints = BATCHES_WITH_SAVEPOINTS;
            group_commit::roll_back(conn)?;
            if !begin(conn, jobs, queue, self.config.timeout)? {
                return Ok(());
            }
            group_commit::run_with_savepoints(conn, jobs)?;
        }
        self.file.check()?;
        Ok(group_commit::commit(conn)?)
    }

    /// Makes the writer and the readers open other connections, because a transaction failed. The readers too, because
    /// SQLite can't write as long as one connection is open that was opened while the file was read-only. If the file is
    /// lost, nothing is closed.
    fn reopen(&mut self) {
        if self.file.check().is_ok() {
            self.file.forget_wal(); // SQLite deletes the WAL if all connections are closed
            self.pool.close_idle();
            self.conn = None;
        }
    }

    /// Keeps the WAL from growing. Between two batches, it copies the rest that the checkpointer has left, while nobody
    /// extends the WAL.
    fn limit_wal(&mut self) {
        let wal_size = self.file.wal_size();
        let Some(conn) = &mut self.conn else { return };
        if wal_size <= self.checkpoint_from || !self.checkpointer.request() {
            return;
        }
        let done = checkpoint_rest(conn, READER_TIMEOUT).unwrap_or_else(|error| {
            rocket::warn!("database: no checkpoint was made: {}", error_chain(&error));
            false
        });
        self.checkpoint_from = if done { LARGE_WAL } else { wal_size + LARGE_WAL };
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
            Err(error) if ErrorKind::of(&error) == ErrorKind::Locked => Arc::new(Error::from(error)),
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
