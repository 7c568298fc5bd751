use std::fs::Metadata;

use super::idle::IdleConnections;
use super::read_mark::ReadMark;
use super::sqlite::Reader;

/// The files that the connections have open, and the connections for reading that are not in use.
#[derive(Default)]
pub(super) struct OpenFiles {
    pub database: Option<Identity>,
    pub wal: Option<Identity>,
    pub wal_index: Option<Identity>,
    idle_plain: IdleConnections,
    idle_mapped: IdleConnections,
    read_mark: ReadMark,
}

/// The device number and the inode number of a file.
pub(super) type Identity = (u64, u64);

impl OpenFiles {
    pub fn new(database: Option<Identity>, wal: Option<Identity>, wal_index: Option<Identity>) -> Self {
        Self { database, wal, wal_index, ..Self::default() }
    }

    pub fn has_same_database(&self, other: &Self) -> bool {
        self.database == other.database
    }

    pub fn idle(&self, kind: Reader) -> &IdleConnections {
        match kind {
            Reader::Plain => &self.idle_plain,
            Reader::Mapped => &self.idle_mapped,
        }
    }

    /// Begins the transaction of the [`ReadMark`]. Returns false if it was open already or can't begin.
    pub fn begin_read_mark(&self) -> bool {
        self.read_mark.begin(|| self.idle_mapped.take())
    }

    pub fn end_read_mark(&self) {
        if let Some(conn) = self.read_mark.end() {
            self.idle_mapped.put(conn);
        }
    }
}

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

/// On Windows, nobody can remove or replace an open file.
#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Option<Identity> {
    None
}
