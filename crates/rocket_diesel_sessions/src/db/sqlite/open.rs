use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::file::DatabaseFile;
use crate::db::config::Config;
use crate::db::connection::{DbConnection, open_sqlite};
use crate::db::error::{Error, ErrorKind};
#[cfg(all(feature = "clap", feature = "postgres"))]
use crate::db::url;

/// The size of the WAL file that stays when SQLite restarts the WAL, in bytes. Commits into it don't have to extend the
/// file, which costs a disk twice as much.
pub(in crate::db::sqlite) const WAL_KEPT: u64 = 4 * 1024 * 1024;

/// How much of the file the writer keeps in memory at most, in KiB: the inner pages of four B-trees with ten million rows.
const WRITER_CACHE: u32 = 32 * 1024;

/// Opens a connection for a launch, a command or a checkpoint, which may block.
///
/// Like all functions here, this checks that the path still has the file that other connections have open. It checks when
/// this connection has a file, and before its first query, with which SQLite opens the WAL: the WAL of one file destroys
/// another file.
pub(in crate::db::sqlite) fn open(config: &Config, file: &DatabaseFile) -> Result<DbConnection, Error> {
    let mut conn = open_with(config, "PRAGMA synchronous = FULL", file)?;
    use_wal(&mut conn, config)?;
    Ok(conn)
}

/// Opens a connection that only reads. It does not wait for locks, so that it never blocks its thread for long.
pub(in crate::db::sqlite) fn open_reader(config: &Config, file: &DatabaseFile) -> Result<DbConnection, Error> {
    open_with(
        config,
        "PRAGMA query_only = ON; PRAGMA busy_timeout = 0; SELECT 1 FROM sqlite_schema -- opens the WAL",
        file,
    )
}

/// Opens the connection that writes. It does not wait for locks either, because its thread has other work in the meantime,
/// and it leaves checkpoints to the checkpointer.
pub(in crate::db::sqlite) fn open_writer(config: &Config, file: &DatabaseFile) -> Result<DbConnection, Error> {
    let synchronous = config.synchronous.pragma();
    let pragmas = format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {WAL_KEPT};
         PRAGMA cache_size = -{WRITER_CACHE};
         PRAGMA temp_store = MEMORY; -- for savepoints
         PRAGMA busy_timeout = 0"
    );
    let mut conn = open_with(config, &pragmas, file)?;
    use_wal(&mut conn, config)?;
    file.remember_wal();
    Ok(conn)
}

/// Opens a file that no other program has open, and begins a transaction. Until the connection is closed, no other program can
/// read or write the file, so no server can run beside it.
#[cfg(all(feature = "clap", feature = "postgres"))]
pub(in crate::db) fn open_alone(config: &Config) -> Result<DbConnection, Error> {
    let (path, url) = url::existing_file(&config.url)?;
    let config = Config { url, ..config.clone() };
    let mut conn = open_with(&config, "PRAGMA locking_mode = EXCLUSIVE", &DatabaseFile::new(&path))?;
    conn.batch_execute("BEGIN IMMEDIATE").map_err(|error| match ErrorKind::of(&error) {
        ErrorKind::Locked => Error::Connect {
            url: path.display().to_string(),
            reason: "another program has it open. Stop the server, and other programs that use the file".into(),
        },
        _ => error.into(),
    })?;
    Ok(conn)
}

/// Opens a connection with these settings. The busy timeout comes first, because everything that follows may have to wait for
/// another program's lock.
fn open_with(config: &Config, pragmas: &str, file: &DatabaseFile) -> Result<DbConnection, Error> {
    let mut conn = open_sqlite(&config.url).map_err(|error| refused(config, error.to_string()))?;
    if let Some(instruments) = &config.instruments {
        conn.set_instrumentation(instruments.make());
    }
    file.check()?;
    let timeout = config.timeout.as_millis();
    conn.batch_execute(&format!("PRAGMA busy_timeout = {timeout}; {pragmas}"))
        .map_err(|error| refused(config, error.to_string()))?;
    Ok(conn)
}

/// Returns why the database can't be opened.
fn refused(config: &Config, reason: String) -> Error {
    let reason = match config.missing_folder() {
        Some(folder) => format!("there is no folder {}", folder.display()),
        None => reason,
    };
    Error::Connect { url: config.url.clone(), reason }
}

/// Switches to the WAL, with which readers and the writer don't wait for each other. The file remembers it.
///
/// If another program starts at the same moment, SQLite refuses the switch at once, whatever the timeout.
fn use_wal(conn: &mut DbConnection, config: &Config) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        // The query opens the WAL.
        match conn.batch_execute("PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema") {
            Err(error) if ErrorKind::of(&error) == ErrorKind::Locked && started.elapsed() < config.timeout => {
                thread::sleep(Duration::from_millis(5));
            }
            result => return result.map_err(|error| refused(config, error.to_string())),
        }
    }
}
