use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::sqlite::Reader;

/// What lookups need to know about commits: how many there were, and how many lookups since.
pub(super) struct Activity {
    lookups: AtomicU32,
    commits: AtomicU64,
    /// After which commit the journal was moved into the file.
    settled: AtomicU64,
    /// Whether somebody is going to look how quiet a second was.
    observed: AtomicBool,
    /// For how many more lookups no read mark is set, because another program writes.
    unmarked: AtomicU32,
}

/// How many lookups go without a read mark after another program was seen to write: beside one mark after another, its
/// journal would hardly ever begin anew.
const UNMARKED: u32 = 10_000;

/// So many lookups without a commit between them are worth a map.
const WORTH_A_MAP: u32 = 16;

impl Activity {
    pub fn new() -> Self {
        Self {
            lookups: AtomicU32::new(0),
            commits: AtomicU64::new(0),
            settled: AtomicU64::new(u64::MAX), // what the last program has left in the journal counts
            observed: AtomicBool::new(false),
            unmarked: AtomicU32::new(0),
        }
    }

    pub fn commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.lookups.store(0, Ordering::Relaxed);
    }

    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Which connection is the best for a lookup now.
    pub fn lookup(&self) -> Reader {
        if self.lookups.load(Ordering::Relaxed) >= WORTH_A_MAP {
            return Reader::Mapped;
        }
        self.lookups.fetch_add(1, Ordering::Relaxed);
        Reader::Plain
    }

    /// Another program writes.
    pub fn disturb(&self) {
        self.unmarked.store(UNMARKED, Ordering::Relaxed);
    }

    /// Whether another program was seen to write lately: of the next lookups, this is one less.
    pub fn is_disturbed(&self) -> bool {
        self.unmarked.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Whether nobody observes yet. The caller does from now on, until [`end`](Self::end).
    pub fn observe(&self) -> bool {
        !self.observed.swap(true, Ordering::Relaxed)
    }

    pub fn end(&self) {
        self.observed.store(false, Ordering::Relaxed);
    }

    /// Whether there was no commit since `commits`, and nobody has settled that before.
    pub fn settle(&self, commits: u64) -> bool {
        self.commits() == commits && self.settled.swap(commits, Ordering::Relaxed) != commits
    }
}
