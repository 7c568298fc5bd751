use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::checkpoint::checkpoint;
use super::file::DatabaseFile;
use super::open::open;
use crate::db::config::Config;
use crate::db::error::Error;
use crate::error_text::error_chain;

/// Copies the WAL into the database file, in a thread of its own, while the writer continues.
///
/// SQLite's own checkpoint is part of a commit, and the request of that commit waits for all pages of the WAL and for the
/// disk once more. A thread does it beside the commits. It never reaches the end of the WAL, because the writer extends
/// it in the meantime. So the writer copies the small rest itself, and the WAL starts from its beginning.
pub(super) struct Checkpointer {
    config: Config,
    file: Arc<DatabaseFile>,
    running: Option<JoinHandle<Result<(), Error>>>,
}

impl Checkpointer {
    pub fn new(config: &Config, file: Arc<DatabaseFile>) -> Self {
        Self { config: config.clone(), file, running: None }
    }

    /// Starts a checkpoint if none is running. Returns true once when it is done.
    pub fn request(&mut self) -> bool {
        match self.running.take_if(|thread| thread.is_finished()).map(JoinHandle::join) {
            Some(Ok(Ok(()))) => return true,
            Some(Ok(Err(error))) => rocket::warn!("database: no checkpoint was made: {}", error_chain(&error)),
            Some(Err(_)) => {} // the instrumentation of an application panicked
            None if self.running.is_some() => {}
            None => {
                let (config, file) = (self.config.clone(), self.file.clone());
                let thread = Builder::new().name("sessions-checkpoint".into());
                self.running = thread.spawn(move || checkpoint_twice(&config, &file)).ok();
            }
        }
        false
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        if let Some(thread) = self.running.take() {
            let _ = thread.join();
        }
    }
}

/// The second checkpoint copies what was written during the first.
fn checkpoint_twice(config: &Config, file: &DatabaseFile) -> Result<(), Error> {
    let mut conn = open(config, file)?;
    checkpoint(&mut conn)?;
    checkpoint(&mut conn)?;
    Ok(())
}
