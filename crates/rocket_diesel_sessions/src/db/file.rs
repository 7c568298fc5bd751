use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::error::Error;

/// The database file that all connections have open, and its WAL.
///
/// A file that is removed or replaced under a running server stays open and accepts commits that nobody will ever read. And
/// the WAL of one file destroys another (sqlite.org/howtocorrupt.html, 1.4 and 2.5). So each commit compares the files at the
/// path with the ones that are open. Once they differ, every later check fails: only a restart opens other files.
pub(super) struct DatabaseFile {
    path: PathBuf,
    open: Mutex<OpenFiles>,
    lost: OnceLock<&'static str>,
}

#[derive(Default)]
struct OpenFiles {
    database: Option<Identity>,
    /// `None` until there is a WAL.
    wal: Option<Identity>,
}

/// Device and inode.
type Identity = (u64, u64);

impl DatabaseFile {
    pub fn new(path: &str) -> Self {
        Self { path: path.into(), open: Mutex::default(), lost: OnceLock::new() }
    }

    /// Returns the size of the WAL in bytes.
    ///
    /// # Errors
    ///
    /// [`Error::FileLost`] if the database file or its WAL is no longer the one that was open at the first check.
    pub fn check(&self) -> Result<u64, Error> {
        if self.lost.get().is_none() {
            match self.compare() {
                Ok(wal_size) => return Ok(wal_size),
                Err(what) => self.lost.get_or_init(|| what),
            };
        }
        let what = self.lost.get().copied().unwrap_or_default();
        Err(Error::FileLost { path: self.path.display().to_string(), what })
    }

    /// Accepts another WAL at the next check. Call this before all connections are closed: the last one deletes the WAL.
    pub fn forget_wal(&self) {
        self.lock().wal = None;
    }

    /// Compares the files at the path with the ones that are open. Returns the size of the WAL, or what has happened.
    fn compare(&self) -> Result<u64, &'static str> {
        let mut open = self.lock();
        match fs::metadata(&self.path) {
            Ok(database) => match open.database {
                Some(identity) if Some(identity) != identity_of(&database) => return Err("replaced by another one"),
                Some(_) => {}
                None => open.database = identity_of(&database),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return Err("removed"),
            Err(_) => {} // nobody can know
        }
        match fs::metadata(wal_of(&self.path)) {
            Ok(wal) => match open.wal {
                Some(identity) if Some(identity) != identity_of(&wal) => Err("separated from its WAL"),
                Some(_) => Ok(wal.len()),
                None => {
                    open.wal = identity_of(&wal);
                    Ok(wal.len())
                }
            },
            Err(error) if error.kind() == ErrorKind::NotFound && open.wal.is_some() => Err("separated from its WAL"),
            Err(_) => Ok(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, OpenFiles> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wal_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    name.into()
}

#[cfg(unix)]
fn identity_of(file: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

/// Windows does not let anybody remove or replace an open file.
#[cfg(not(unix))]
fn identity_of(_: &Metadata) -> Option<Identity> {
    None
}
