//! Opens connections for different purposes.

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

/// To how many bytes the WAL file is cut when the WAL starts again from its beginning. The next commits overwrite this
/// part, which takes a disk half as long as making the file longer.
pub(in crate::db) const WAL_SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// The largest page cache of the writer, in KiB. The inner pages of four B-trees with ten million rows fit into it.
const WRITER_CACHE_KIB: u32 = 32 * 1024;

/// How much of the file a mapped reader accesses as memory, in bytes: the most that SQLite supports. Without the map, a
/// lookup among ten million rows reads about eight pages by system calls, which takes longer than the rest of the
/// lookup. The disadvantage: if the disk can't read a mapped page, the program is killed instead of getting an error.
const MMAP_SIZE: u32 = 0x7fff_0000;

/// How a connection reads the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::db) enum Reader {
    Plain,
    /// By a memory map. SQLite maps the file again after each commit, so this is slower while there are many commits.
    Mapped,
}

/// Opens a connection for a launch or a command. Creates the file if it is missing. May block the thread.
pub(in crate::db) fn open(config: &Config) -> Result<DbConnection, Error> {
    open_checked(config, || Ok(()))
}

/// Like [`open`], if the file may be open already. [`open_with`] describes `check`.
pub(in crate::db) fn open_checked(
    config: &Config,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    let mut conn = open_with(config, "PRAGMA synchronous = FULL", check)?;
    set_wal_mode(&mut conn, config)?;
    Ok(conn)
}

/// Opens a connection for reading. It does not wait for locks, so that it does not block a thread. The caller tries
/// again.
pub(in crate::db) fn open_reader(
    config: &Config,
    kind: Reader,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    let mmap_size = if kind == Reader::Mapped { MMAP_SIZE } else { 0 };
    let pragmas = format!(
        "PRAGMA query_only = ON;
         PRAGMA mmap_size = {mmap_size};
         PRAGMA busy_timeout = 0;
         SELECT 1 FROM sqlite_schema -- opens the WAL"
    );
    open_with(config, &pragmas, check)
}

/// Opens the connection of the writer. It does not wait for locks, because its thread accepts more jobs in the
/// meantime. It runs no automatic checkpoints.
pub(in crate::db) fn open_writer(
    config: &Config,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    let synchronous = config.synchronous.pragma();
    let pragmas = format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {WAL_SIZE_LIMIT};
         PRAGMA cache_size = -{WRITER_CACHE_KIB};
         PRAGMA temp_store = MEMORY; -- what is needed to roll back to a savepoint
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

/// Opens a read-only connection, to be closed after all others. The last connection that is closed copies the WAL into
/// the file and deletes it, according to the WAL index that it has open. A read-only connection does neither. Returns
/// `None` if the file can't be opened.
pub(in crate::db) fn open_read_only(config: &Config) -> Option<DbConnection> {
    let mut conn = DbConnection::establish(&uri(config.path().to_str()?, "ro")).ok()?;
    let _ = conn.batch_execute("SELECT 1 FROM sqlite_schema"); // locks the file until the connection is closed
    Some(conn)
}

/// Opens a connection. `check` must check that the path still has the file that the other connections have open. It
/// runs after this connection has opened the file and before its first query, which opens the WAL. The WAL of another
/// file would destroy the database.
///
/// The busy timeout is set first, because each later statement may have to wait for another program's lock.
fn open_with(config: &Config, pragmas: &str, check: impl FnOnce() -> Result<(), Error>) -> Result<DbConnection, Error> {
    let refused = |reason: String| connect_error(config, reason);
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

/// Returns the error for a database that can't be opened. If its folder is missing, the error says so.
pub(in crate::db) fn connect_error(config: &Config, reason: String) -> Error {
    let path = config.path();
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let reason = match folder {
        Some(folder) if !folder.exists() => format!("there is no folder {}", folder.display()),
        _ => reason,
    };
    Error::Connect { url: config.url.clone(), reason }
}

/// Chooses the journal mode in which readers and the writer don't wait for each other. The file keeps the mode.
///
/// If another program that starts at the same moment changes the mode too, SQLite fails at once and ignores the busy
/// timeout. So this function tries again.
pub(in crate::db) fn set_wal_mode(conn: &mut DbConnection, config: &Config) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        // The query opens the WAL.
        match conn.batch_execute("PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema") {
            Err(error) if is_locked(&error) && started.elapsed() < config.timeout => {
                thread::sleep(Duration::from_millis(5));
            }
            result => return result.map_err(|error| connect_error(config, error.to_string())),
        }
    }
}
