use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rocket::tokio::sync::mpsc::Receiver;

use super::job::Job;
use super::{QUEUE, batch};
use crate::db::checkpoint::Checkpointer;
use crate::db::file::{DatabaseFile, Fate};
use crate::db::sqlite::Beside;
use crate::db::{Config, DbConnection, Error, sqlite, story};

/// How long the journal is when it is moved into the database's file: after so many bytes, a checkpoint is worth its
/// price, and a start after a crash still reads it in no time.
const LONG_JOURNAL: u64 = 2 * sqlite::JOURNAL_KEPT;

/// Between two looks whether another program still holds its lock. A server at work lets go of it for some 50 µs between
/// two commits, and `clearsessions` beside it has to meet one of those moments.
const LOCK_POLL: Duration = Duration::from_micros(200);

/// The thread that writes.
pub(super) struct WriterThread {
    config: Config,
    file: Arc<DatabaseFile>,
    checkpointer: Checkpointer,
    /// None after a failure: the next batch opens another.
    conn: Option<DbConnection>,
}

type Jobs = Vec<Box<dyn Job>>;

impl WriterThread {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let checkpointer = Checkpointer::start(config, file.clone())?;
        let mut thread = Self { config: config.clone(), file, checkpointer, conn: None };
        thread.open_anew()?;
        Ok(thread)
    }

    /// Until nobody is left who could hand in a job, and all that were accepted have their answer.
    pub fn serve(mut self, mut queue: Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::with_capacity(QUEUE);
        while queue.blocking_recv_many(&mut jobs, QUEUE) > 0 {
            let committed = self.commit(&mut jobs, &mut queue);
            let journal = *committed.as_ref().unwrap_or(&0);
            let answer = committed.map(drop).map_err(Arc::new);
            if let Err(error) = &answer {
                rocket::error!("database: {} writes were not committed: {}", jobs.len(), story(error));
            }
            // A refusal that is the connection's may be the only one: the other jobs wrote nothing.
            let read_only = jobs.iter().filter_map(|job| job.refusal()).any(sqlite::is_read_only);
            for job in jobs.drain(..) {
                job.answer(answer.clone());
            }
            match answer {
                Ok(()) if !read_only => self.keep_short(journal),
                _ => self.recover(read_only),
            }
        }
    }

    /// The journal's length, after a commit.
    fn commit(&mut self, jobs: &mut Jobs, queue: &mut Receiver<Box<dyn Job>>) -> Result<u64, Error> {
        if self.conn.is_none() {
            self.open()?;
        }
        let conn = self.conn.as_mut().expect("just opened");
        if !begin(conn, jobs, queue, self.config.timeout)? {
            return Ok(0);
        }
        let mut journal = 0;
        batch::commit(conn, jobs, || {
            journal = self.file.check()?;
            Ok(())
        })?;
        Ok(journal)
    }

    fn open(&mut self) -> Result<(), Error> {
        match self.file.fate() {
            Fate::Same { .. } => self.conn = Some(sqlite::open_writer(&self.config)?),
            Fate::Removed => drop(self.file.check()?),
            Fate::Replaced | Fate::WithoutJournal => self.open_anew()?,
        }
        Ok(())
    }

    /// After a batch that failed: another connection, or another file.
    fn recover(&mut self, read_only: bool) {
        let anew = match self.file.fate() {
            Fate::Removed => false,
            Fate::Replaced | Fate::WithoutJournal => true,
            // All connections share one lock file, read-only for as long as one of them was opened so.
            Fate::Same { .. } => read_only,
        };
        if !anew {
            self.conn = None; // the next batch opens another
        } else if let Err(error) = self.open_anew() {
            rocket::error!("database: it can't be opened anew: {}", story(&error));
        }
    }

    /// Closes all connections, and opens what is at the path now: with all the readers, who will go on reading the file
    /// when it is moved away and nobody can open it.
    fn open_anew(&mut self) -> Result<(), Error> {
        let mut opened = self.file.close();
        opened.idle().clear();
        match self.file.fate_of(&opened) {
            Fate::Replaced => {
                self.conn = None;
                self.file.set_journal_aside(&opened)?;
            }
            // This connection alone can still read that journal.
            Fate::WithoutJournal => {
                if let Some(conn) = &mut self.conn
                    && !sqlite::checkpoint(conn, Beside::Readers)?
                {
                    return Err(Error::Busy);
                }
                self.conn = None;
            }
            Fate::Same { .. } | Fate::Removed => self.conn = None,
        }
        let mut conn = sqlite::open_writer(&self.config)?;
        sqlite::journal_in_wal(&mut conn, &self.config)?;
        *opened = self.file.look();
        for _ in 0..self.config.pool_size {
            opened.idle().push(sqlite::open_reader(&self.config)?);
        }
        self.conn = Some(conn);
        Ok(())
    }

    /// Between two batches, when the journal is long: what the checkpointer has left of it is moved here, while nobody adds
    /// to it, so that it begins anew.
    fn keep_short(&mut self, journal: u64) {
        let Some(conn) = &mut self.conn else { return };
        let short_enough = journal <= LONG_JOURNAL || !self.checkpointer.has_done_most();
        if !short_enough && let Err(error) = sqlite::checkpoint(conn, Beside::Readers) {
            rocket::warn!("database: the journal is not checkpointed: {}", story(&error));
        }
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
        let locked = match batch::begin(conn) {
            Ok(()) => return Ok(true),
            Err(error) if sqlite::is_locked(&error) => Arc::new(Error::from(error)),
            Err(error) => return Err(error.into()),
        };
        let late: Jobs = jobs.extract_if(.., |job| job.accepted().elapsed() >= timeout).collect();
        if !late.is_empty() {
            rocket::error!("database: {} writes were not committed: {}", late.len(), story(&locked));
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
