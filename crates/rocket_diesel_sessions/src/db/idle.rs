use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::connection::DbConnection;

/// The connections that are not in use, each with the thread that used it last.
///
/// A thread preferably gets a connection that it used before: the page cache of that connection is probably still in
/// the caches of the processor that the thread runs on.
#[derive(Default)]
pub(super) struct IdleConnections(Mutex<Vec<(ThreadId, DbConnection)>>);

impl IdleConnections {
    pub fn take(&self) -> Option<DbConnection> {
        let mut idle = self.lock();
        let current = thread::current().id();
        let own = idle.iter().rposition(|(thread, _)| *thread == current);
        let index = own.or(idle.len().checked_sub(1))?;
        Some(idle.swap_remove(index).1)
    }

    pub fn put(&self, conn: DbConnection) {
        let current = thread::current().id();
        self.lock().push((current, conn));
    }

    pub fn close_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(ThreadId, DbConnection)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
