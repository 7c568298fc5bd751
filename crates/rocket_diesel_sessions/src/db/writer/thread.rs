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

/// How many jobs can wait, and how many one transaction takes at most.
pub(super) const QUEUE: usize = 256;

/// How long the journal is when it is moved into the database's file: after so many bytes, a checkpoint is worth its
/// price, and a start after a crash still reads it in no time.
const LONG_JOURNAL: u64 = 2 * sqlite::JOURNAL_KEPT;

/// How long it gets beside readers who take turns, so that there is always one who needs it: then they are waited for.
const TOO_LONG_JOURNAL: u64 = 8 * LONG_JOURNAL;

/// How long the writer waits for them, and with it every change.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long it does not, when it has waited in vain: there is one that stays, a backup for example.
const IMPATIENCE: Duration = Duration::from_secs(60);

/// Between two looks whether another program still holds its lock. A server at work lets go of it for some 50 µs
/// between two commits, and `clearsessions` beside it has to meet one of those moments.
const LOCK_POLL: Duration = Duration::from_micros(200);

/// The thread that writes.
pub(super) struct WriterThread {
    pub(super) config: Config,
    pub(super) file: Arc<DatabaseFile>,
    pub(super) checkpointer: Checkpointer,
    /// None after a failure: the next batch opens another.
    pub(super) conn: Option<DbConnection>,
    /// When it waited for readers in vain.
    gave_up: Option<Instant>,
}

type Jobs = Vec<Box<dyn Job>>;

impl WriterThread {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let checkpointer = Checkpointer::start(config, file.clone())?;
        let mut writer = Self { config: config.clone(), file, checkpointer, conn: None, gave_up: None };
        // Programs that start on a new file at the same moment may take each other's first journal away.
        let started = Instant::now();
        while let Err(error) = writer.open_anew() {
            let passing = matches!(error, Error::FileLost { .. } | Error::Busy);
            if !passing || started.elapsed() >= config.timeout {
                return Err(error);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(writer)
    }

    /// Until nobody is left who could hand in a job, and all that were accepted have their answer.
    pub fn serve(mut self, mut queue: Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::with_capacity(QUEUE);
        while queue.blocking_recv_many(&mut jobs, QUEUE) > 0 {
            // The jobs' own panics are caught where they run; this is for an application's instrumentation.
            let turn = catch_unwind(AssertUnwindSafe(|| self.turn(&mut jobs, &mut queue)));
            if turn.is_err() {
                rocket::error!("database: {} writes were given up after a panic", jobs.len());
                jobs.drain(..).for_each(|job| guarded(|| drop(job)));
                self.conn = None;
            }
        }
        // Closing goes by what was open, and leaves its journal to a file that has come in its place.
        if self.file.is_lost() {
            self.open_anew_or_log();
        }
    }

    /// One transaction, its answers, and what is to be done before the next.
    fn turn(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) {
        let committed = self.commit(jobs, queue).map_err(Arc::new);
        let refusals = || jobs.iter().filter_map(|job| job.refusal());
        // It may be the only sign of it: where the other jobs wrote nothing, the commit succeeds.
        let mut read_only = refusals().any(sqlite::is_read_only);
        if let Err(error) = &committed {
            let cause = refusals().next().map(|refusal| format!(", after: {refusal}")).unwrap_or_default();
            rocket::error!("database: not committed: {}{cause}", error_chain(error));
            read_only |= matches!(&**error, Error::Query(error) if sqlite::is_read_only(error));
        }
        if committed.is_err() {
            self.recover(read_only); // before the answers: who gets one reads what is there now
        }
        let answer = committed.as_ref().map(drop).map_err(Arc::clone);
        for job in jobs.drain(..) {
            guarded(|| job.answer(answer.clone()));
        }
        match committed {
            Ok(_) if read_only => self.recover(true),
            Ok(journal) => self.keep_short(journal),
            Err(_) => {}
        }
    }

    /// Commits the jobs, and those that come while it waits for the lock. How long the journal was before; 0 where no
    /// job was left.
    fn commit(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) -> Result<u64, Error> {
        if self.conn.is_none() {
            self.open()?;
        }
        let conn = self.conn.as_mut().expect("just opened");
        if !begin(conn, jobs, queue, self.config.timeout)? {
            self.recover(false); // maybe it was the lock of a file that is no longer there
            return Ok(0);
        }
        let mut journal = 0;
        let timeout = self.config.timeout;
        group_commit::commit(
            conn,
            jobs,
            |conn| begin_again(conn, timeout),
            || {
                journal = self.file.check()?;
                Ok(())
            },
        )?;
        self.file.has_changed();
        Ok(journal)
    }

    /// Between two batches, when the journal is long: what the checkpointer has left of it is moved here, while nobody
    /// adds to it, so that it begins anew.
    fn keep_short(&mut self, journal: u64) {
        // The first commit after a restart of the journal has cut its file.
        if journal <= LONG_JOURNAL || self.file.check().is_ok_and(|journal| journal <= LONG_JOURNAL) {
            return;
        }
        let Some(conn) = &mut self.conn else { return };
        if !self.checkpointer.take_or_ask() {
            return;
        }
        let is_patient = journal > TOO_LONG_JOURNAL && self.gave_up.is_none_or(|at| at.elapsed() > IMPATIENCE);
        match sqlite::checkpoint_within(conn, if is_patient { PATIENCE } else { Duration::ZERO }) {
            Ok(false) if is_patient => self.gave_up = Some(Instant::now()),
            Ok(_) => {}
            Err(error) => rocket::warn!("database: the journal is not checkpointed: {}", error_chain(&error)),
        }
    }
}

/// For a batch that has to be run once more: another program may have taken the lock in between.
fn begin_again(conn: &mut DbConnection, timeout: Duration) -> QueryResult<()> {
    let started = Instant::now();
    loop {
        match group_commit::begin(conn) {
            Err(error) if sqlite::is_locked(&error) && started.elapsed() < timeout => thread::sleep(LOCK_POLL),
            begun => return begun,
        }
    }
}

/// For what drops an application's values: one that panics then is no reason to leave others without an answer.
fn guarded(drops: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(drops)).is_err() {
        rocket::error!("database: a write panicked when it was dropped");
    }
}

/// Waits for another program's lock, and takes in more jobs meanwhile; each of them waits for the `timeout`. `false`
/// where none is left.
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
        let late: Jobs = jobs.extract_if(.., |job| job.accepted().elapsed() >= timeout).collect();
        if !late.is_empty() {
            rocket::error!("database: {} writes were not committed: {}", late.len(), error_chain(&locked));
            late.into_iter().for_each(|job| guarded(|| job.answer(Err(locked.clone()))));
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
