//! The database's file, and whether it is still the one that is open.

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
/// A file that was removed or replaced under a running server stays open, and takes commits that nobody will ever read
/// again. So the writer compares what is at the path with what it opened before each commit. (SQLite's page on how to
/// corrupt a database, sections 1.4 and 2.5, tells what comes of not looking.)
pub(super) struct DatabaseFile {
    path: PathBuf,
    opened: RwLock<OpenFiles>,
    since: Instant,
    /// When a reader looked last, in seconds `since` the beginning: readers may go on for one with what is no longer
    /// the database. A look costs them as much as a tenth of a query.
    looked: AtomicU64,
    pub activity: Activity,
}

/// What became of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is there, with a journal of so many bytes.
    Same { journal: u64 },
    /// It is gone. What is open can still be read, and the file may be moved back.
    Removed,
    /// There is another one in its place.
    Replaced,
    /// It is there, and its journal is not the one that is open.
    WithoutJournal,
    /// It is there with its journal, and the index of that (`-shm`), which all programs share, is not the one that is
    /// open: another program's commits would be written over, and ours by them.
    WithoutIndex,
}

impl DatabaseFile {
    pub fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            opened: RwLock::default(),
            since: Instant::now(),
            looked: AtomicU64::new(0),
            activity: Activity::new(),
        }
    }

    /// After a commit.
    pub fn has_changed(&self) {
        self.activity.commit();
        self.hold().unmark();
    }

    /// Keeps the file from being opened anew while a connection is in use.
    pub fn hold(&self) -> RwLockReadGuard<'_, OpenFiles> {
        self.opened.read()
    }

    /// [`hold`](Self::hold) for who must not block its thread: none while the file is opened anew.
    pub fn try_hold(&self) -> Option<RwLockReadGuard<'_, OpenFiles>> {
        self.opened.try_read()
    }

    /// Waits until no connection is in use, and keeps new ones from being opened. None where one was for longer than
    /// the `timeout`.
    pub fn exclude(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, OpenFiles>> {
        let opened = self.opened.try_write_for(timeout);
        match &opened {
            Some(opened) => opened.unmark(),
            None => self.hold().unmark(), // its watch may have ended meanwhile, and found the file shut
        }
        opened
    }

    /// What a connection that was opened just now has open.
    pub fn look(&self) -> OpenFiles {
        let look = |path: &Path| fs::metadata(path).ok().as_ref().and_then(identity);
        OpenFiles::new(look(&self.path), look(&self.beside("-wal")), look(&self.beside("-shm")))
    }

    /// [`is_lost`](Self::is_lost) for those who only read: looks at most once a second, and says no meanwhile.
    pub fn notices_loss(&self) -> bool {
        let now = self.since.elapsed().as_secs();
        let looked = self.looked.load(Ordering::Relaxed);
        now > looked
            && self.looked.compare_exchange(looked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            && self.is_lost()
    }

    /// Whether there is something else to open than what is open.
    pub fn is_lost(&self) -> bool {
        let fate = self.try_hold().map(|opened| self.fate_of(&opened));
        matches!(fate, Some(Fate::Replaced | Fate::WithoutJournal | Fate::WithoutIndex))
    }

    pub fn fate(&self) -> Fate {
        self.fate_of(&self.hold())
    }

    pub fn fate_of(&self, opened: &OpenFiles) -> Fate {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Fate::Removed,
            Ok(database) if identity(&database) == opened.database => {}
            Ok(database) if database.len() == 0 => return Fate::Removed, // a copy that has only begun
            Ok(_) => return Fate::Replaced,
            _ => {}
        }
        match fs::metadata(self.beside("-wal")) {
            Ok(journal) if identity(&journal) == opened.journal => match fs::metadata(self.beside("-shm")) {
                Ok(index) if identity(&index) != opened.index => Fate::WithoutIndex,
                Err(error) if error.kind() == ErrorKind::NotFound => Fate::WithoutIndex,
                _ => Fate::Same { journal: journal.len() },
            },
            Err(error) if error.kind() != ErrorKind::NotFound => Fate::Same { journal: 0 }, // nobody can know
            _ => Fate::WithoutJournal,
        }
    }

    /// The length of the journal; an error where a commit would be lost.
    pub fn check(&self) -> Result<u64, Error> {
        self.check_that(&self.hold())
    }

    pub fn check_that(&self, opened: &OpenFiles) -> Result<u64, Error> {
        let lost = |what| Err(Error::FileLost { path: self.path.display().to_string(), what });
        match self.fate_of(opened) {
            Fate::Same { journal } => Ok(journal),
            Fate::Removed => lost("removed"),
            Fate::Replaced => lost("replaced by another one"),
            Fate::WithoutIndex => lost("parted from its journal's index"),
            Fate::WithoutJournal => lost("parted from its journal"),
        }
    }

    /// When somebody wrote to the journal last, in this program or another.
    pub fn journal_written(&self) -> Option<SystemTime> {
        fs::metadata(self.beside("-wal")).and_then(|journal| journal.modified()).ok()
    }

    /// Whether another program has begun a journal where ours was.
    pub fn has_others_journal(&self) -> bool {
        fs::metadata(self.beside("-wal")).is_ok_and(|journal| journal.len() > 0)
    }

    /// Puts the journal of a file that was replaced out of the way: SQLite would play it into the new one.
    pub fn set_journal_aside(&self, opened: &OpenFiles) -> io::Result<()> {
        let journal = fs::metadata(self.beside("-wal")).ok().as_ref().and_then(identity);
        if journal.is_none() || journal != opened.journal {
            return Ok(()); // the new file has brought its own, or there is none
        }
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let aside = |suffix: &str, second: i64| self.beside(&format!("{suffix}-replaced-{second}"));
        let free = (now..).find(|second| !aside("-wal", *second).exists()).unwrap_or(now);
        for suffix in ["-wal", "-shm"] {
            match fs::rename(self.beside(suffix), aside(suffix, free)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(suffix);
        name.into()
    }
}
