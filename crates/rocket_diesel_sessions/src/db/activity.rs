use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::sqlite::Reader;

/// Counts commits and lookups, to decide how the next lookup reads.
pub(super) struct Activity {
    commits: AtomicU64,
    lookups_since_commit: AtomicU32,
    /// The number of commits when the last checkpoint after a quiet second was due.
    idle_checkpoint_at: AtomicU64,
    /// Whether a task is waiting to end the read mark.
    is_watched: AtomicBool,
    /// For how many more lookups no read mark begins, because another program writes.
    read_mark_pause: AtomicU32,
}

/// How many lookups run without a read mark after another program has written. If one read mark followed the other, the
/// WAL of that program could hardly ever start again from its beginning.
const READ_MARK_PAUSE: u32 = 10_000;

/// After this many lookups without a commit in between, lookups use a mapped connection.
const LOOKUPS_BEFORE_MAP: u32 = 16;

impl Activity {
    pub fn new() -> Self {
        Self {
            commits: AtomicU64::new(0),
            lookups_since_commit: AtomicU32::new(0),
            idle_checkpoint_at: AtomicU64::new(u64::MAX), // none: the WAL may have content from an earlier run
            is_watched: AtomicBool::new(false),
            read_mark_pause: AtomicU32::new(0),
        }
    }

    pub fn record_commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.lookups_since_commit.store(0, Ordering::Relaxed);
    }

    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Counts a lookup. Returns the kind of connection that is fastest for it now.
    pub fn record_lookup(&self) -> Reader {
        if self.lookups_since_commit.load(Ordering::Relaxed) >= LOOKUPS_BEFORE_MAP {
            return Reader::Mapped;
        }
        self.lookups_since_commit.fetch_add(1, Ordering::Relaxed);
        Reader::Plain
    }

    /// Must be called when another program has written.
    pub fn pause_read_marks(&self) {
        self.read_mark_pause.store(READ_MARK_PAUSE, Ordering::Relaxed);
    }

    /// Returns true if another program has written recently. Each call counts as one lookup of the pause.
    pub fn is_read_mark_paused(&self) -> bool {
        self.read_mark_pause.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Returns true if no task is waiting to end the read mark. The caller must start one then, which must call
    /// [`end_watch`](Self::end_watch).
    pub fn begin_watch(&self) -> bool {
        !self.is_watched.swap(true, Ordering::Relaxed)
    }

    pub fn end_watch(&self) {
        self.is_watched.store(false, Ordering::Relaxed);
    }

    /// Returns true if the number of commits is still `commits`, but only once for each number. The caller must run a
    /// checkpoint then.
    pub fn is_idle_checkpoint_due(&self, commits: u64) -> bool {
        self.commits() == commits && self.idle_checkpoint_at.swap(commits, Ordering::Relaxed) != commits
    }
}
