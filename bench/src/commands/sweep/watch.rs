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

use crate::database::connection;
use crate::error::Result;

/// A thread that observes the database and the processes during a sweep.
pub struct Watch {
    shared: Arc<Shared>,
    thread: JoinHandle<Result<Observation>>,
}

#[derive(Default)]
struct Shared {
    phase: AtomicU8,
    stop: AtomicBool,
    processes: Mutex<Vec<i32>>,
}

/// What the thread observed.
#[derive(Debug, Default)]
pub struct Observation {
    /// The time between the first and the last deleted row. NaN if the sweep did not finish.
    pub seconds: f64,
    pub largest_wal_bytes: u64,
    /// The peak memory of each process.
    pub peak_memory_bytes: Vec<u64>,
}

const NOT_STARTED: u8 = 0;
const RUNNING: u8 = 1;
const FINISHED: u8 = 2;

const INTERVAL: Duration = Duration::from_millis(20);

impl Watch {
    /// Starts to observe a database. `oldest` is the [`oldest_row`]'s expire date before the sweep.
    pub fn start(path: &Path, oldest: &str) -> Result<Self> {
        let mut conn = connection::open(path)?;
        let (wal, oldest) = (wal_path(path), oldest.to_owned());
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        let thread = thread::spawn(move || observe(&of_thread, &mut conn, &wal, &oldest));
        Ok(Self { shared, thread })
    }

    /// Also observes the memory of the process with this ID.
    pub fn add_process(&self, id: i32) {
        self.shared.processes.lock().expect("no thread panics while it holds the lock").push(id);
    }

    /// Waits until the sweep has deleted its first rows.
    pub fn wait_for_start(&self) -> Result {
        const TIMEOUT: Duration = Duration::from_secs(60);

        let started = Instant::now();
        while self.shared.phase.load(Ordering::Relaxed) == NOT_STARTED {
            if started.elapsed() > TIMEOUT || self.thread.is_finished() {
                return Err("the sweep did not start within a minute".into());
            }
            thread::sleep(INTERVAL);
        }
        Ok(())
    }

    /// Returns true if all expired rows have been deleted, or if the thread has failed.
    pub fn is_finished(&self) -> bool {
        self.shared.phase.load(Ordering::Relaxed) == FINISHED || self.thread.is_finished()
    }

    /// Stops the thread and returns what it observed.
    pub fn stop(self) -> Result<Observation> {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the thread does not panic")
    }
}

fn observe(shared: &Shared, conn: &mut SqliteConnection, wal: &Path, oldest: &str) -> Result<Observation> {
    let mut observation = Observation::default();
    let (mut started, mut seconds) = (None, None);
    while !shared.stop.load(Ordering::Relaxed) {
        if seconds.is_none() {
            let (expire_date, finished) = oldest_row(conn)?;
            if expire_date != oldest {
                let started = *started.get_or_insert_with(Instant::now);
                seconds = finished.then(|| started.elapsed().as_secs_f64());
                shared.phase.store(if finished { FINISHED } else { RUNNING }, Ordering::Relaxed);
            }
        }
        let length = fs::metadata(wal).map_or(0, |wal| wal.len());
        observation.largest_wal_bytes = observation.largest_wal_bytes.max(length);
        let processes = shared.processes.lock().expect("no thread panics while it holds the lock").clone();
        observation.peak_memory_bytes.resize(processes.len(), 0);
        for (peak, id) in observation.peak_memory_bytes.iter_mut().zip(processes) {
            *peak = (*peak).max(peak_memory(id).unwrap_or(0));
        }
        thread::sleep(INTERVAL);
    }
    observation.seconds = seconds.unwrap_or(f64::NAN);
    Ok(observation)
}

/// Returns the earliest expire date of all rows, and whether it is in the future.
///
/// The expire date changes with the first batch of a sweep. It is in the future after the last batch. The query reads
/// only the index, so it is cheap.
pub fn oldest_row(conn: &mut SqliteConnection) -> QueryResult<(String, bool)> {
    sql::<(Text, Bool)>(
        "SELECT coalesce(min(expire_date), ''), coalesce(min(expire_date) > datetime('now'), 1) FROM sessions",
    )
    .get_result(conn)
}

/// Returns a process's peak memory in bytes, or `None` if the process has ended.
fn peak_memory(id: i32) -> Option<u64> {
    Some(Process::new(id).ok()?.status().ok()?.vmhwm? * 1024)
}

/// Returns the path of a database's write-ahead log.
pub fn wal_path(database: &Path) -> PathBuf {
    let mut name = database.to_owned().into_os_string();
    name.push("-wal");
    name.into()
}
