//! Which file the writer has open, and what it does when that is no longer the right one.

use super::thread::WriterThread;
use crate::db::error::Error;
use crate::db::file::Fate;
use crate::db::open_files::OpenFiles;
use crate::db::sqlite::{self, Beside, Reader};
use crate::error_text::error_chain;

impl WriterThread {
    /// Opens a connection to what the others have open, or all of them anew.
    pub(super) fn open(&mut self) -> Result<(), Error> {
        let opened = self.file.hold();
        match self.file.fate_of(&opened) {
            // The check refuses a file that was removed, before the path is opened and after.
            Fate::Same { .. } | Fate::Removed => {
                let check = || self.file.check_that(&opened).map(drop);
                check()?;
                self.conn = Some(sqlite::open_writer(&self.config, check)?);
                Ok(())
            }
            Fate::Replaced | Fate::WithoutJournal | Fate::WithoutIndex => {
                drop(opened);
                self.open_anew()
            }
        }
    }

    /// After a batch that failed: another connection, or another file.
    pub(super) fn recover(&mut self, read_only: bool) {
        if self.conn.is_none() && !read_only {
            return; // it failed at opening one, just now; the next batch tries again
        }
        let anew = match self.file.fate() {
            Fate::Removed => false,
            Fate::Replaced | Fate::WithoutJournal | Fate::WithoutIndex => true,
            // All connections share one lock file, read-only for as long as one of them was opened so.
            Fate::Same { .. } => read_only,
        };
        if !anew {
            self.conn = None; // the next batch opens another
        } else {
            self.open_anew_or_log();
        }
    }

    pub(super) fn open_anew_or_log(&mut self) {
        if let Err(error) = self.open_anew() {
            rocket::error!("database: it can't be opened anew: {}", error_chain(&error));
        }
    }

    /// Closes all connections, and opens what is at the path now: with all the readers, who will go on reading the file
    /// when it is moved away and nobody can open it.
    pub(super) fn open_anew(&mut self) -> Result<(), Error> {
        let file = self.file.clone();
        let mut opened = file.exclude(self.config.timeout).ok_or(Error::Busy)?;
        let mut bystander = None;
        match file.fate_of(&opened) {
            Fate::Replaced => file.set_journal_aside(&opened)?,
            Fate::WithoutJournal if !file.has_others_journal() => self.rescue_journal(&opened)?,
            // What is at the path may have others' commits, and what we know of it is not true any more.
            Fate::WithoutJournal | Fate::WithoutIndex => bystander = sqlite::open_bystander(&self.config),
            Fate::Same { .. } | Fate::Removed => {}
        }
        opened.idle(Reader::Plain).close();
        opened.idle(Reader::Mapped).close();
        self.conn = None;
        drop(bystander);
        self.checkpointer.forget();

        let before = file.look();
        let mut conn = sqlite::open_writer(&self.config, || Ok(()))?;
        sqlite::journal_in_wal(&mut conn, &self.config)?;
        let now = file.look();
        for kind in [Reader::Plain, Reader::Mapped] {
            for _ in 0..self.config.pool_size {
                now.idle(kind).give(sqlite::open_reader(&self.config, kind, || file.check_that(&now).map(drop))?);
            }
        }
        if !now.is_of(&before) {
            return Err(Error::Busy); // replaced meanwhile: the next batch tries again
        }
        *opened = now;
        self.conn = Some(conn);
        Ok(())
    }

    /// Moves what is in a journal that has no name any more into the database's file. What is open now alone can still
    /// read it.
    fn rescue_journal(&mut self, opened: &OpenFiles) -> Result<(), Error> {
        let idle = opened.idle(Reader::Plain);
        let mut reader = if self.conn.is_none() { idle.take() } else { None };
        let Some(conn) = self.conn.as_mut().or(reader.as_mut()) else { return Ok(()) };
        let moved = sqlite::checkpoint(conn, Beside::Nobody);
        if let Some(reader) = reader {
            idle.give(reader); // it may have to try again
        } else if moved.is_err()
            && let Some(reader) = idle.take()
        {
            idle.give(reader);
            self.conn = None; // a transaction may be stuck in it: a reader tries next time
        }
        if moved? { Ok(()) } else { Err(Error::Busy) }
    }
}
