use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::connection::DbConnection;

/// Connections that nobody uses, each with the thread that used it last.
///
/// That thread gets it again: what SQLite keeps in memory for a connection is in the caches of the processor that the
/// thread runs on.
#[derive(Default)]
pub(super) struct Idle(Mutex<Vec<(ThreadId, DbConnection)>>);

impl Idle {
    pub fn take(&self) -> Option<DbConnection> {
        let mut idle = self.lock();
        let me = thread::current().id();
        let mine = idle.iter().rposition(|(thread, _)| *thread == me);
        let at = mine.or(idle.len().checked_sub(1))?;
        Some(idle.swap_remove(at).1)
    }

    pub fn give(&self, conn: DbConnection) {
        let me = thread::current().id();
        self.lock().push((me, conn));
    }

    pub fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(ThreadId, DbConnection)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
