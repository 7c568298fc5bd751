use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::db::error::Error;

/// The database file that all connections have open, and its WAL.
///
/// A file that is removed or replaced under a running server stays open and accepts commits that nobody will ever read. And
/// the WAL of one file destroys another (sqlite.org/howtocorrupt.html, 1.4 and 2.5). So each commit compares the files at the
/// path with the ones that are open. Once they differ, every later check fails: only a restart opens other files.
pub(super) struct DatabaseFile {
    path: PathBuf,
    wal: PathBuf,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    database: Option<Identity>,
    /// `None` while the writer has no connection.
    wal: Option<Identity>,
    lost: Option<&'static str>,
}

/// Device and inode.
type Identity = (u64, u64);

impl DatabaseFile {
    pub fn new(path: &Path) -> Self {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        Self { path: path.into(), wal: wal.into(), known: Mutex::default() }
    }

    /// Compares the database file with that of the first check, and the WAL with that of the writer.
    ///
    /// # Errors
    ///
    /// [`Error::FileLost`] if the database file or its WAL is no longer the same.
    pub fn check(&self) -> Result<(), Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.lost.is_none() {
            let database = compare(&self.path, &mut known.database);
            let wal = match known.wal {
                Some(_) => compare(&self.wal, &mut known.wal),
                None => Found::TheSame,
            };
            known.lost = match (database, wal) {
                (Found::Missing, _) => Some("removed"),
                (Found::Another, _) => Some("replaced by another one"),
                (_, Found::Another | Found::Missing) => Some("separated from its WAL"),
                _ => None,
            };
        }
        match known.lost {
            Some(what) => Err(Error::FileLost { path: self.path.display().to_string(), what }),
            None => Ok(()),
        }
    }

    /// Remembers the WAL. Call this when the writer has it open: SQLite deletes no WAL that is open.
    pub fn remember_wal(&self) {
        let wal = fs::metadata(&self.wal).ok().map(|wal| identity_of(&wal));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).wal = wal;
    }

    /// Forgets the WAL. Call this before all connections are closed: the last one deletes the WAL.
    pub fn forget_wal(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).wal = None;
    }

    /// Returns the size of the WAL in bytes.
    pub fn wal_size(&self) -> u64 {
        fs::metadata(&self.wal).map_or(0, |wal| wal.len())
    }
}

/// Creates a database file that only its owner can read and write. SQLite's own would get the umask's permissions; the WAL
/// and its index get those of the database file. Does nothing if the file exists. Errors
/// are ignored: SQLite reports them when it opens the file.
pub(super) fn create_private(path: &Path) {
    // SQLite creates the target of a link, and `create_new` follows none.
    let path: PathBuf = fs::read_link(path).map_or(path.into(), |target| path.with_file_name(target));
    let _ = create_new_private(&path);
}

/// Creates an empty file that only its owner can read and write. Fails if there is one, or a link to one.
pub(super) fn create_new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

enum Found {
    TheSame,
    Another,
    Missing,
}

fn compare(path: &Path, known: &mut Option<Identity>) -> Found {
    match fs::metadata(path) {
        Ok(file) if *known.get_or_insert(identity_of(&file)) == identity_of(&file) => Found::TheSame,
        Ok(_) => Found::Another,
        Err(error) if error.kind() == ErrorKind::NotFound => Found::Missing,
        Err(_) => Found::TheSame, // nobody can know
    }
}

#[cfg(unix)]
fn identity_of(file: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

/// Windows does not let anybody remove or replace an open file.
#[cfg(not(unix))]
fn identity_of(_: &Metadata) -> Identity {
    (0, 0)
}
