//! Opens the connection of the writer, and reopens all connections if the files at the path are no longer the open
//! ones.

use super::thread::WriterThread;
use crate::db::error::Error;
use crate::db::file::FileState;
use crate::db::open_files::OpenFiles;
use crate::db::sqlite::{self, CheckpointMode, Reader};
use crate::error_text::error_chain;

impl WriterThread {
    /// Opens a connection to the files that the other connections have open. If these are no longer at the path,
    /// reopens all connections.
    pub(super) fn open(&mut self) -> Result<(), Error> {
        let open_files = self.file.lock_shared();
        match self.file.state_against(&open_files) {
            // The check refuses a file that was removed, both before the path is opened and afterwards.
            FileState::Same { .. } | FileState::Removed => {
                let check = || self.file.check_against(&open_files).map(drop);
                check()?;
                self.conn = Some(sqlite::open_writer(&self.config, check)?);
                Ok(())
            }
            FileState::Replaced | FileState::WalChanged | FileState::WalIndexChanged => {
                drop(open_files);
                self.reopen()
            }
        }
    }

    /// After a failed batch, closes the connection or reopens all connections.
    pub(super) fn recover(&mut self, read_only: bool) {
        if self.conn.is_none() && !read_only {
            return; // opening a connection has failed just now, and the next batch tries again
        }
        let must_reopen = match self.file.state() {
            FileState::Removed => false,
            FileState::Replaced | FileState::WalChanged | FileState::WalIndexChanged => true,
            // All connections share one WAL index. It stays read-only while a connection that opened it so is open.
            FileState::Same { .. } => read_only,
        };
        if !must_reopen {
            self.conn = None; // the next batch opens another one
        } else {
            self.reopen_or_log();
        }
    }

    pub(super) fn reopen_or_log(&mut self) {
        if let Err(error) = self.reopen() {
            rocket::error!("database: it can't be reopened: {}", error_chain(&error));
        }
    }

    /// Closes all connections and opens the files that are at the path now. Opens all readers at once, because they can
    /// go on reading the file even after it was moved away, when no connection can be opened.
    pub(super) fn reopen(&mut self) -> Result<(), Error> {
        let file = self.file.clone();
        let mut open_files = file.lock_exclusive(self.config.timeout).ok_or(Error::Busy)?;
        let mut closed_last = None;
        match file.state_against(&open_files) {
            FileState::Replaced => file.rename_wal(&open_files)?,
            FileState::WalChanged if !file.has_wal_content() => self.checkpoint_removed_wal(&open_files)?,
            // The files at the path may contain commits of other programs, which the open WAL index does not know. A
            // checkpoint according to that index would destroy them.
            FileState::WalChanged | FileState::WalIndexChanged => closed_last = sqlite::open_read_only(&self.config),
            FileState::Same { .. } | FileState::Removed => {}
        }
        open_files.idle(Reader::Plain).close_all();
        open_files.idle(Reader::Mapped).close_all();
        self.conn = None;
        drop(closed_last);
        self.checkpointer.discard_done();

        let before = file.files_at_path();
        let mut conn = sqlite::open_writer(&self.config, || Ok(()))?;
        sqlite::set_wal_mode(&mut conn, &self.config)?;
        let opened = file.files_at_path();
        for kind in [Reader::Plain, Reader::Mapped] {
            for _ in 0..self.config.pool_size {
                let check = || file.check_against(&opened).map(drop);
                opened.idle(kind).put(sqlite::open_reader(&self.config, kind, check)?);
            }
        }
        if !opened.has_same_database(&before) {
            return Err(Error::Busy); // replaced in the meantime, so the next batch tries again
        }
        *open_files = opened;
        self.conn = Some(conn);
        Ok(())
    }

    /// Copies a WAL that was removed into the database file. Only the open connections can still read it.
    fn checkpoint_removed_wal(&mut self, open_files: &OpenFiles) -> Result<(), Error> {
        let idle = open_files.idle(Reader::Plain);
        let mut reader = if self.conn.is_none() { idle.take() } else { None };
        let Some(conn) = self.conn.as_mut().or(reader.as_mut()) else { return Ok(()) };
        let result = sqlite::checkpoint(conn, CheckpointMode::Truncate);
        if let Some(reader) = reader {
            idle.put(reader); // the next try may need it
        } else if result.is_err()
            && let Some(reader) = idle.take()
        {
            idle.put(reader);
            self.conn = None; // a transaction may still be open in it, so the next try uses a reader
        }
        if result? { Ok(()) } else { Err(Error::Busy) }
    }
}
