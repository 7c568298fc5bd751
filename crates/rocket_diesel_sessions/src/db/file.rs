//! The database file, and whether it is still the one that is open.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::activity::Activity;
use super::error::Error;
use super::open_files::{OpenFiles, identity};

/// The file that all connections have open.
///
/// If somebody removes or replaces the file under a running server, the open file still accepts commits, but nobody can
/// find them later. So the writer checks before each commit whether the files at the path are still the open ones.
/// (sqlite.org/howtocorrupt.html, sections 1.4 and 2.5, describes the damage that is possible without this check.)
pub(super) struct DatabaseFile {
    path: PathBuf,
    open_files: RwLock<OpenFiles>,
    created_at: Instant,
    /// When a reader checked the files last, in seconds after `created_at`. Readers check at most once a second,
    /// because a check takes a tenth of the time of a query. Until then they may read a file that is no longer the
    /// database.
    checked_at: AtomicU64,
    pub activity: Activity,
}

/// What is at the path, compared with what is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileState {
    /// The open file and its WAL. The WAL has this many bytes.
    Same { wal_len: u64 },
    /// No file. The open one can still be read, and somebody may move it back.
    Removed,
    /// Another file.
    Replaced,
    /// The open file, but its WAL was removed or replaced.
    WalChanged,
    /// The open file and its WAL, but the WAL index (`-shm`), which all programs share, was removed or replaced.
    /// Programs with different indexes overwrite each other's commits.
    WalIndexChanged,
}

impl DatabaseFile {
    pub fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            open_files: RwLock::default(),
            created_at: Instant::now(),
            checked_at: AtomicU64::new(0),
            activity: Activity::new(),
        }
    }

    /// Must be called after each commit.
    pub fn record_commit(&self) {
        self.activity.record_commit();
        self.lock_shared().end_read_mark();
    }

    /// Keeps the files from being reopened while a connection is in use.
    pub fn lock_shared(&self) -> RwLockReadGuard<'_, OpenFiles> {
        self.open_files.read()
    }

    /// Like [`lock_shared`](Self::lock_shared), for callers that must not block their thread. Returns `None` while the
    /// files are being reopened.
    pub fn try_lock_shared(&self) -> Option<RwLockReadGuard<'_, OpenFiles>> {
        self.open_files.try_read()
    }

    /// Waits until no connection is in use, and then keeps others from opening one. Returns `None` after the `timeout`.
    pub fn lock_exclusive(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, OpenFiles>> {
        let open_files = self.open_files.try_write_for(timeout);
        match &open_files {
            Some(open_files) => open_files.end_read_mark(),
            // While this call waited, the guard of the read mark could not get the lock to end it.
            None => self.lock_shared().end_read_mark(),
        }
        open_files
    }

    /// Returns the files that are at the path now.
    pub fn files_at_path(&self) -> OpenFiles {
        let identify = |path: &Path| fs::metadata(path).ok().as_ref().and_then(identity);
        OpenFiles::new(identify(&self.path), identify(&self.with_suffix("-wal")), identify(&self.with_suffix("-shm")))
    }

    /// Like [`must_reopen`](Self::must_reopen), for readers: checks at most once a second, and returns false in
    /// between.
    pub fn must_reopen_rate_limited(&self) -> bool {
        let now = self.created_at.elapsed().as_secs();
        let checked_at = self.checked_at.load(Ordering::Relaxed);
        now > checked_at
            && self.checked_at.compare_exchange(checked_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            && self.must_reopen()
    }

    /// Checks whether there are other files at the path than the open ones.
    pub fn must_reopen(&self) -> bool {
        let state = self.try_lock_shared().map(|open_files| self.state_against(&open_files));
        matches!(state, Some(FileState::Replaced | FileState::WalChanged | FileState::WalIndexChanged))
    }

    pub fn state(&self) -> FileState {
        self.state_against(&self.lock_shared())
    }

    pub fn state_against(&self, open_files: &OpenFiles) -> FileState {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return FileState::Removed,
            Ok(database) if identity(&database) == open_files.database => {}
            Ok(database) if database.len() == 0 => return FileState::Removed, // somebody has only begun to copy a file
            Ok(_) => return FileState::Replaced,
            _ => {}
        }
        match fs::metadata(self.with_suffix("-wal")) {
            Ok(wal) if identity(&wal) == open_files.wal => match fs::metadata(self.with_suffix("-shm")) {
                Ok(index) if identity(&index) != open_files.wal_index => FileState::WalIndexChanged,
                Err(error) if error.kind() == ErrorKind::NotFound => FileState::WalIndexChanged,
                _ => FileState::Same { wal_len: wal.len() },
            },
            Err(error) if error.kind() != ErrorKind::NotFound => FileState::Same { wal_len: 0 }, // it can't be checked
            _ => FileState::WalChanged,
        }
    }

    /// Returns the length of the WAL in bytes, or [`Error::FileLost`] if a commit would be lost.
    pub fn check(&self) -> Result<u64, Error> {
        self.check_against(&self.lock_shared())
    }

    pub fn check_against(&self, open_files: &OpenFiles) -> Result<u64, Error> {
        let lost = |what| Err(Error::FileLost { path: self.path.display().to_string(), what });
        match self.state_against(open_files) {
            FileState::Same { wal_len } => Ok(wal_len),
            FileState::Removed => lost("removed"),
            FileState::Replaced => lost("replaced by another one"),
            FileState::WalIndexChanged => lost("separated from its WAL's index"),
            FileState::WalChanged => lost("separated from its WAL"),
        }
    }

    /// Returns when this program or another one wrote to the WAL last.
    pub fn wal_modified_at(&self) -> Option<SystemTime> {
        fs::metadata(self.with_suffix("-wal")).and_then(|wal| wal.modified()).ok()
    }

    /// Checks whether the WAL at the path has any content, for example because another program has created a new one.
    pub fn has_wal_content(&self) -> bool {
        fs::metadata(self.with_suffix("-wal")).is_ok_and(|wal| wal.len() > 0)
    }

    /// Renames the WAL of a file that was replaced, and its index. Otherwise SQLite would apply the WAL to the new
    /// file.
    pub fn rename_wal(&self, open_files: &OpenFiles) -> io::Result<()> {
        let wal = fs::metadata(self.with_suffix("-wal")).ok().as_ref().and_then(identity);
        if wal.is_none() || wal != open_files.wal {
            return Ok(()); // there is no WAL, or it belongs to the new file
        }
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let new_path = |suffix: &str, second: i64| self.with_suffix(&format!("{suffix}-replaced-{second}"));
        let second = (now..).find(|second| !new_path("-wal", *second).exists()).unwrap_or(now);
        for suffix in ["-wal", "-shm"] {
            match fs::rename(self.with_suffix(suffix), new_path(suffix, second)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn with_suffix(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(suffix);
        name.into()
    }
}
