use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use procfs::process::Process;

use crate::{Outcome, database};

/// Looks on while rows are cleared.
pub struct Watch {
    shared: Arc<Shared>,
    thread: JoinHandle<Outcome<Watched>>,
}

#[derive(Default)]
struct Shared {
    stage: AtomicU8,
    stop: AtomicBool,
    processes: Mutex<Vec<i32>>,
}

/// What it saw.
#[derive(Debug, Default)]
pub struct Watched {
    /// From the first row that went until the last one.
    pub seconds: f64,
    pub largest_journal_bytes: u64,
    /// The peak of each process.
    pub memory_bytes: Vec<u64>,
}

const BEFORE: u8 = 0;
const BEGUN: u8 = 1;
const OVER: u8 = 2;

const OFTEN: Duration = Duration::from_millis(20);

impl Watch {
    /// A watch over the database whose first row to expire was to do so at `first`.
    pub fn start(path: &Path, first: &str) -> Outcome<Self> {
        let mut conn = database::open(path)?;
        let (journal, first) = (journal(path), first.to_owned());
        let shared = Arc::new(Shared::default());
        let looking = shared.clone();
        let thread = thread::spawn(move || look(&looking, &mut conn, &journal, &first));
        Ok(Self { shared, thread })
    }

    /// Watches the memory of one process more.
    pub fn process(&self, id: i32) {
        self.shared.processes.lock().expect("nobody panics with it").push(id);
    }

    /// Waits until the first rows have gone.
    pub fn wait_for_the_beginning(&self) -> Outcome {
        const PATIENCE: Duration = Duration::from_secs(60);

        let started = Instant::now();
        while self.shared.stage.load(Ordering::Relaxed) == BEFORE {
            if started.elapsed() > PATIENCE || self.thread.is_finished() {
                return Err("the sweep did not begin within a minute".into());
            }
            thread::sleep(OFTEN);
        }
        Ok(())
    }

    /// Whether all expired rows have gone.
    pub fn is_over(&self) -> bool {
        self.shared.stage.load(Ordering::Relaxed) == OVER || self.thread.is_finished()
    }

    pub fn end(self) -> Outcome<Watched> {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("it returns what fails")
    }
}

fn look(shared: &Shared, conn: &mut SqliteConnection, journal: &Path, first: &str) -> Outcome<Watched> {
    let mut watched = Watched::default();
    let (mut begun, mut seconds) = (None, None);
    while !shared.stop.load(Ordering::Relaxed) {
        if seconds.is_none() {
            let (oldest, over) = oldest(conn)?;
            if oldest != first {
                let begun = *begun.get_or_insert_with(Instant::now);
                seconds = over.then(|| begun.elapsed().as_secs_f64());
                shared.stage.store(if over { OVER } else { BEGUN }, Ordering::Relaxed);
            }
        }
        let length = fs::metadata(journal).map_or(0, |journal| journal.len());
        watched.largest_journal_bytes = watched.largest_journal_bytes.max(length);
        let processes = shared.processes.lock().expect("nobody panics with it").clone();
        watched.memory_bytes.resize(processes.len(), 0);
        for (peak, id) in watched.memory_bytes.iter_mut().zip(processes) {
            *peak = (*peak).max(memory(id).unwrap_or(0));
        }
        thread::sleep(OFTEN);
    }
    watched.seconds = seconds.unwrap_or(f64::NAN);
    Ok(watched)
}

/// When the first row expires, and whether that is still to come. The index knows it, so that looking costs little; it
/// moves with a sweep's first batch, and with the last one it lies in the future.
pub fn oldest(conn: &mut SqliteConnection) -> QueryResult<(String, bool)> {
    sql::<(Text, Bool)>(
        "SELECT coalesce(min(expire_date), ''), coalesce(min(expire_date) > datetime('now'), 1) FROM sessions",
    )
    .get_result(conn)
}

/// `None` for a process that has ended.
fn memory(id: i32) -> Option<u64> {
    Some(Process::new(id).ok()?.status().ok()?.vmhwm? * 1024)
}

/// SQLite's write-ahead log of a database.
pub fn journal(database: &Path) -> PathBuf {
    let mut name = database.to_owned().into_os_string();
    name.push("-wal");
    name.into()
}
