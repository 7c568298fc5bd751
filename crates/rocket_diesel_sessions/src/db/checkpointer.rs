use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::config::Config;
use super::error::Error;
use super::file::DatabaseFile;
use super::sqlite::{self, CheckpointMode};
use crate::error_text::error_chain;

/// A thread that copies the WAL into the database file while the writer continues.
///
/// SQLite's automatic checkpoint runs inside a commit. That commit then writes all pages of the WAL and waits for the
/// disk a second time. This thread runs the checkpoint in parallel with the commits instead. It never reaches the end
/// of the WAL, because the writer appends to it in the meantime. So the writer copies the small rest itself, and then
/// the WAL starts again from its beginning.
pub(super) struct Checkpointer {
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<AtomicU8>,
}

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;

impl Checkpointer {
    pub fn start(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(1);
        let state = Arc::new(AtomicU8::new(IDLE));
        let (config_of_thread, state_of_thread) = (config.clone(), state.clone());
        let thread = Builder::new().name("sessions-checkpoint".into());
        let thread = thread
            .spawn(move || serve(&config_of_thread, &file, &receiver, &state_of_thread))
            .map_err(|error| sqlite::connect_error(config, error.to_string()))?;
        Ok(Self { requests: Some(sender), thread: Some(thread), state })
    }

    /// Returns true, once, if a requested checkpoint is done, so that little is left to copy. Otherwise requests one,
    /// unless one is running.
    pub fn take_done_or_request(&self) -> bool {
        match self.state.load(Ordering::Acquire) {
            DONE => {
                self.state.store(IDLE, Ordering::Release);
                true
            }
            IDLE => {
                self.state.store(RUNNING, Ordering::Release);
                if let Some(requests) = &self.requests {
                    let _ = requests.try_send(());
                }
                false
            }
            _ => false,
        }
    }

    /// Forgets that a checkpoint is done, because the WAL that it copied is no longer the open one.
    pub fn discard_done(&self) {
        let _ = self.state.compare_exchange(DONE, IDLE, Ordering::AcqRel, Ordering::Acquire);
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
        // An application's instrumentation may panic. If that ended this thread, the WAL would grow without limit.
        let succeeded = catch_unwind(AssertUnwindSafe(|| checkpoint_or_log(config, file))).unwrap_or(false);
        state.store(if succeeded { DONE } else { IDLE }, Ordering::Release);
    }
}

/// Runs a checkpoint in parallel with the readers and the writer. If it fails, logs the reason and returns false.
pub(super) fn checkpoint_or_log(config: &Config, file: &DatabaseFile) -> bool {
    let result = checkpoint(config, file);
    if let Err(error) = &result {
        rocket::warn!("database: the checkpoint failed: {}", error_chain(error));
    }
    result.is_ok()
}

/// Runs two checkpoints, because the second one copies what was written during the first one.
fn checkpoint(config: &Config, file: &DatabaseFile) -> Result<(), Error> {
    let open_files = file.lock_shared();
    let mut conn = sqlite::open_checkpointer(config, || file.check_against(&open_files).map(drop))?;
    sqlite::checkpoint(&mut conn, CheckpointMode::Passive)?;
    sqlite::checkpoint(&mut conn, CheckpointMode::Passive)?;
    Ok(())
}
