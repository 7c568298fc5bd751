use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::config::Config;
use super::error::Error;
use super::file::DatabaseFile;
use super::sqlite;
use crate::error_text::error_chain;

/// A thread that copies the WAL into the database file while the writer continues.
///
/// SQLite's own checkpoint is part of a commit, and the request of that commit waits for all pages of the WAL and for the
/// disk once more. This thread does it beside the commits. It never reaches the end of the WAL, because the writer extends
/// it in the meantime. So the writer copies the small rest itself, and the WAL starts from its beginning.
pub(super) struct Checkpointer {
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<AtomicU8>,
}

const IDLE: u8 = 0;
const WORKING: u8 = 1;
const DONE: u8 = 2;

impl Checkpointer {
    pub fn start(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let (requests, received) = sync_channel(1);
        let state = Arc::new(AtomicU8::new(IDLE));
        let (config, shared) = (config.clone(), state.clone());
        let thread = Builder::new().name("sessions-checkpoint".into());
        let thread = thread.spawn(move || serve(&config, &file, &received, &shared)).map_err(|_| Error::Stopped)?;
        Ok(Self { requests: Some(requests), thread: Some(thread), state })
    }

    /// Asks for a checkpoint. Returns true once when it is done.
    pub fn request(&self) -> bool {
        match self.state.load(Ordering::Acquire) {
            DONE => {
                self.state.store(IDLE, Ordering::Release);
                true
            }
            IDLE => {
                self.state.store(WORKING, Ordering::Release);
                if let Some(requests) = &self.requests {
                    let _ = requests.try_send(());
                }
                false
            }
            _ => false,
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(config: &Config, file: &DatabaseFile, requests: &Receiver<()>, state: &AtomicU8) {
    while requests.recv().is_ok() {
        // An application's instrumentation may panic. Without this thread the WAL would grow forever.
        let done = catch_unwind(AssertUnwindSafe(|| checkpoint(config, file)));
        if let Ok(Err(error)) = &done {
            rocket::warn!("database: no checkpoint was made: {}", error_chain(error));
        }
        state.store(if matches!(done, Ok(Ok(()))) { DONE } else { IDLE }, Ordering::Release);
    }
}

/// Makes two checkpoints: the second one copies what was written during the first.
fn checkpoint(config: &Config, file: &DatabaseFile) -> Result<(), Error> {
    let mut conn = sqlite::open(config, || file.check().map(drop))?;
    sqlite::checkpoint(&mut conn)?;
    sqlite::checkpoint(&mut conn)?;
    Ok(())
}
