//! Connections, each as its work needs it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::errors::is_locked;
use super::uri::uri;
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;

/// How long the journal's file stays when the journal begins anew, in bytes: a commit into it need not make it longer,
/// which costs a disk twice as much.
pub(in crate::db) const JOURNAL_KEPT: u64 = 4 * 1024 * 1024;

/// How much of the file the writer keeps in memory at the most, in KiB: the inner pages of four trees with ten million
/// rows.
const WRITERS_CACHE: u32 = 32 * 1024;

/// How much of the file a mapped reader sees as memory, in bytes: as much as SQLite can. Among ten million rows a
/// lookup asks the operating system for some eight pages otherwise, and that takes longer than all the rest of it. The
/// price: a disk that fails to read such a page ends the program, where it would be an error.
const MAP: u32 = 0x7fff_0000;

/// How a connection reads the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::db) enum Reader {
    Plain,
    /// As memory. After each commit SQLite maps the file anew, which costs more than it saves while many write.
    Mapped,
}

/// For launches and commands, which may block. Makes the file where there is none.
pub(in crate::db) fn open(config: &Config) -> Result<DbConnection, Error> {
    open_checked(config, || Ok(()))
}

/// [`open`] beside connections that are open already: `check` as in [`open_with`].
pub(in crate::db) fn open_checked(
    config: &Config,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    let mut conn = open_with(config, "PRAGMA synchronous = FULL", check)?;
    journal_in_wal(&mut conn, config)?;
    Ok(conn)
}

/// It waits for no lock by itself, so that it blocks no thread meanwhile.
pub(in crate::db) fn open_reader(
    config: &Config,
    kind: Reader,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    let map = if kind == Reader::Mapped { MAP } else { 0 };
    let pragmas = format!(
        "PRAGMA query_only = ON;
         PRAGMA mmap_size = {map};
         PRAGMA busy_timeout = 0;
         SELECT 1 FROM sqlite_schema -- opens the journal"
    );
    open_with(config, &pragmas, check)
}

/// It waits for no lock by itself either, because its thread has more to do meanwhile, and leaves checkpoints to
/// another.
pub(in crate::db) fn open_writer(
    config: &Config,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    let synchronous = config.synchronous.pragma();
    let pragmas = format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {JOURNAL_KEPT};
         PRAGMA cache_size = -{WRITERS_CACHE};
         PRAGMA temp_store = MEMORY; -- what a savepoint needs to go back
         PRAGMA busy_timeout = 0"
    );
    open_with(config, &pragmas, check)
}

pub(in crate::db) fn open_checkpointer(
    config: &Config,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    open_with(config, "PRAGMA synchronous = FULL", check)
}

/// One that may not write. The last connection of a file that is closed moves the journal into the file and removes it,
/// by what it knows of the journal; this one, closed last, does neither. None where the file can't be opened.
pub(in crate::db) fn open_bystander(config: &Config) -> Option<DbConnection> {
    let mut conn = DbConnection::establish(&uri(config.path().to_str()?, "ro")).ok()?;
    let _ = conn.batch_execute("SELECT 1 FROM sqlite_schema"); // has it hold the file
    Some(conn)
}

/// `check` sees to it that the path still has the file that the other connections have open. It runs when this one has
/// a file, and before its first query, with which SQLite opens the journal: the journal of one file and another file
/// destroy each other.
///
/// The busy timeout comes first: all that follows may have to wait for another program's lock.
fn open_with(config: &Config, pragmas: &str, check: impl FnOnce() -> Result<(), Error>) -> Result<DbConnection, Error> {
    let refused = |reason: String| refusal(config, reason);
    let mut conn = DbConnection::establish(&config.url).map_err(|error| refused(error.to_string()))?;
    if let Some(instruments) = &config.instruments {
        conn.set_instrumentation(instruments.make());
    }
    check()?;
    let timeout = config.timeout.as_millis();
    conn.batch_execute(&format!("PRAGMA busy_timeout = {timeout}; {pragmas}"))
        .map_err(|error| refused(error.to_string()))?;
    Ok(conn)
}

/// Why the database can't be opened.
pub(in crate::db) fn refusal(config: &Config, reason: String) -> Error {
    let path = config.path();
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let reason = match folder {
        Some(folder) if !folder.exists() => format!("there is no folder {}", folder.display()),
        _ => reason,
    };
    Error::Connect { url: config.url.clone(), reason }
}

/// The journal with which readers and the writer don't wait for each other. The file remembers it.
///
/// Changing it asks for a lock in a way that SQLite refuses at once, whatever the timeout, while another program that
/// starts at the same moment asks too.
pub(in crate::db) fn journal_in_wal(conn: &mut DbConnection, config: &Config) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        // The query opens the journal that the pragma has chosen.
        match conn.batch_execute("PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema") {
            Err(error) if is_locked(&error) && started.elapsed() < config.timeout => {
                thread::sleep(Duration::from_millis(5));
            }
            result => return result.map_err(|error| refusal(config, error.to_string())),
        }
    }
}
