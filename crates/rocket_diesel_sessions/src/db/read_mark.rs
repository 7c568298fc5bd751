use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connection::DbConnection;
use super::sqlite;

/// A connection that keeps a read transaction open while nothing is committed.
///
/// Each query of SQLite locks its place in the journal and lets go of it, with a system call each, which the threads of
/// one program make one after the other. What one connection has locked already, the others of the program get without.
/// It hides no commit: each of them still asks the journal what is new. (`unixShmLock` in SQLite's `os_unix.c` counts
/// the shared locks of a program; its page on the WAL's format calls what is locked a read mark.)
#[derive(Default)]
pub(super) struct ReadMark {
    conn: Mutex<Option<DbConnection>>,
    /// To look at without the lock, which every lookup does.
    is_set: AtomicBool,
}

impl ReadMark {
    /// Sets the mark, if there is none, with the connection that `conn` takes. Whether it was set now.
    ///
    /// It must not stay for long: the journal of a program that writes meanwhile can't begin anew.
    pub fn set(&self, conn: impl FnOnce() -> Option<DbConnection>) -> bool {
        if self.is_set.load(Ordering::Acquire) || self.is_set.swap(true, Ordering::AcqRel) {
            return false;
        }
        let mut mark = self.lock();
        *mark = conn().and_then(|mut conn| sqlite::begin_reading(&mut conn).is_ok().then_some(conn));
        self.is_set.store(mark.is_some(), Ordering::Release);
        mark.is_some()
    }

    /// Ends the transaction, and gives its connection back.
    pub fn end(&self) -> Option<DbConnection> {
        let mut mark = self.lock();
        let mut conn = mark.take()?;
        self.is_set.store(false, Ordering::Release);
        sqlite::end_reading(&mut conn).is_ok().then_some(conn)
    }

    fn lock(&self) -> MutexGuard<'_, Option<DbConnection>> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
