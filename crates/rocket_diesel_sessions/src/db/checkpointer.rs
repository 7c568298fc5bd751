use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::config::Config;
use super::error::Error;
use super::file::DatabaseFile;
use super::sqlite::{self, Beside};
use crate::error_text::error_chain;

/// A thread that moves the journal into the database's file while the writer goes on.
///
/// SQLite's own checkpoint is made by the commit that has the bad luck: it waits for as many pages as the journal has,
/// and for the disk once more. This thread makes it beside the commits. It never gets to the journal's end, because the
/// writer adds to it meanwhile; so the writer itself moves the little that is left, and the journal begins anew.
pub(super) struct Checkpointer {
    work: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    stage: Arc<AtomicU8>,
}

const IDLE: u8 = 0;
const WORKING: u8 = 1;
const DONE: u8 = 2;

impl Checkpointer {
    pub fn start(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let (work, asked) = sync_channel(1);
        let stage = Arc::new(AtomicU8::new(IDLE));
        let (owned, shared) = (config.clone(), stage.clone());
        let thread = Builder::new().name("sessions-checkpoint".into());
        let thread = thread
            .spawn(move || serve(&owned, &file, &asked, &shared))
            .map_err(|error| sqlite::refusal(config, error.to_string()))?;
        Ok(Self { work: Some(work), thread: Some(thread), stage })
    }

    /// Asks for a checkpoint. `true`, once, when it has been made: what is left is little.
    pub fn take_or_ask(&self) -> bool {
        match self.stage.load(Ordering::Acquire) {
            DONE => {
                self.stage.store(IDLE, Ordering::Release);
                true
            }
            IDLE => {
                self.stage.store(WORKING, Ordering::Release);
                if let Some(work) = &self.work {
                    let _ = work.try_send(());
                }
                false
            }
            _ => false,
        }
    }

    /// What was made is of a journal that is no longer open.
    pub fn forget(&self) {
        let _ = self.stage.compare_exchange(DONE, IDLE, Ordering::AcqRel, Ordering::Acquire);
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(config: &Config, file: &DatabaseFile, asked: &Receiver<()>, stage: &AtomicU8) {
    while asked.recv().is_ok() {
        // An application's instrumentation may panic. Without this thread the journal would grow for ever.
        let made = catch_unwind(AssertUnwindSafe(|| make(config, file))).unwrap_or(false);
        stage.store(if made { DONE } else { IDLE }, Ordering::Release);
    }
}

/// Makes a checkpoint beside the readers and the writer. Whether it was made; where not, the log says why.
pub(super) fn make(config: &Config, file: &DatabaseFile) -> bool {
    let made = checkpoint(config, file);
    if let Err(error) = &made {
        rocket::warn!("database: no checkpoint was made: {}", error_chain(error));
    }
    made.is_ok()
}

/// Twice: the second one moves what was written during the first.
fn checkpoint(config: &Config, file: &DatabaseFile) -> Result<(), Error> {
    let open = file.hold();
    let mut conn = sqlite::open_checkpointer(config, || file.check_that(&open).map(drop))?;
    sqlite::checkpoint(&mut conn, Beside::Writers)?;
    sqlite::checkpoint(&mut conn, Beside::Writers)?;
    Ok(())
}
