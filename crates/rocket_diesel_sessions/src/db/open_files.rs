use std::fs::Metadata;

use super::idle::Idle;
use super::read_mark::ReadMark;
use super::sqlite::Reader;

/// What the connections have open.
#[derive(Default)]
pub(super) struct OpenFiles {
    pub database: Option<Identity>,
    pub journal: Option<Identity>,
    pub index: Option<Identity>,
    /// The readers that nobody uses.
    plain: Idle,
    /// Those that see the file as memory.
    mapped: Idle,
    mark: ReadMark,
}

/// Device and inode.
pub(super) type Identity = (u64, u64);

impl OpenFiles {
    pub fn new(database: Option<Identity>, journal: Option<Identity>, index: Option<Identity>) -> Self {
        Self { database, journal, index, ..Self::default() }
    }

    /// Whether both are of one file.
    pub fn is_of(&self, other: &Self) -> bool {
        self.database == other.database
    }

    pub fn idle(&self, kind: Reader) -> &Idle {
        match kind {
            Reader::Plain => &self.plain,
            Reader::Mapped => &self.mapped,
        }
    }

    /// Sets the [`ReadMark`]. Whether it was set now.
    pub fn mark(&self) -> bool {
        self.mark.set(|| self.mapped.take())
    }

    pub fn unmark(&self) {
        if let Some(conn) = self.mark.end() {
            self.mapped.give(conn);
        }
    }
}

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// Windows neither removes nor replaces a file that is open.
#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Option<Identity> {
    None
}
