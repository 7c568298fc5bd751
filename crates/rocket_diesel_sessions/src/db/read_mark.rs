use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connection::DbConnection;
use super::sqlite;

/// A connection that keeps a read transaction open while nothing is committed.
///
/// For each query, SQLite locks a read mark in the WAL index and unlocks it afterwards. Both are system calls, and the
/// threads of a program make them one after the other. If one connection has the lock already, the other connections of
/// the program get it without a system call. The open transaction hides no commit from them: each of them still asks
/// the WAL index for the newest commit. (`unixShmLock` in SQLite's `os_unix.c` counts the shared locks of a program.
/// sqlite.org/walformat.html describes the read marks.)
#[derive(Default)]
pub(super) struct ReadMark {
    conn: Mutex<Option<DbConnection>>,
    /// Whether there is a transaction, for lookups, which must not wait for the mutex.
    is_active: AtomicBool,
}

impl ReadMark {
    /// Begins the transaction on the connection that `take_conn` returns, unless there is a transaction already.
    /// Returns true if it has begun one.
    ///
    /// The transaction must end soon: while it is open, a program that writes can't start the WAL again from its
    /// beginning.
    pub fn begin(&self, take_conn: impl FnOnce() -> Option<DbConnection>) -> bool {
        if self.is_active.load(Ordering::Acquire) || self.is_active.swap(true, Ordering::AcqRel) {
            return false;
        }
        let mut guard = self.lock();
        *guard = take_conn().and_then(|mut conn| sqlite::begin_read_transaction(&mut conn).is_ok().then_some(conn));
        self.is_active.store(guard.is_some(), Ordering::Release);
        guard.is_some()
    }

    /// Ends the transaction and returns its connection, if there is a transaction.
    pub fn end(&self) -> Option<DbConnection> {
        let mut guard = self.lock();
        let mut conn = guard.take()?;
        self.is_active.store(false, Ordering::Release);
        sqlite::end_read_transaction(&mut conn).is_ok().then_some(conn)
    }

    fn lock(&self) -> MutexGuard<'_, Option<DbConnection>> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
