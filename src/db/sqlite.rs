//! What only SQLite needs to be told.

use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};

use super::opened::Reader;
use super::{Config, DbConnection, Error};

/// How long the journal's file stays when the journal begins anew, in bytes: a commit into it need not make it longer,
/// which costs a disk twice as much.
pub(super) const JOURNAL_KEPT: u64 = 4 * 1024 * 1024;

/// The URL that opens the file at `path`, and never makes one: what is made in the place of a file that was moved away
/// would be in its way back.
pub(super) fn existing(path: &str) -> String {
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?mode=rw")
}

/// How much of the file the writer keeps in memory at the most, in KiB: the inner pages of four trees with ten million
/// rows.
const WRITERS_CACHE: u32 = 32 * 1024;

/// How much of the file a mapped reader sees as memory, in bytes: as much as SQLite can. Among ten million rows a
/// lookup asks the operating system for some eight pages otherwise, and that takes longer than all the rest of it. The
/// price: a disk that fails to read such a page ends the program, where it would be an error.
const MAP: u32 = 0x7fff_0000;

/// For launches and commands, which may block. Makes the file where there is none.
pub(super) fn open(config: &Config) -> Result<DbConnection, Error> {
    open_checked(config, || Ok(()))
}

/// [`open`] beside connections that are open already: `check` as in [`open_with`].
pub(super) fn open_checked(config: &Config, check: impl FnOnce() -> Result<(), Error>) -> Result<DbConnection, Error> {
    let mut conn = open_with(config, "PRAGMA synchronous = FULL", check)?;
    journal_in_wal(&mut conn, config)?;
    Ok(conn)
}

/// It waits for no lock by itself, so that it blocks no thread meanwhile.
pub(super) fn open_reader(
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
pub(super) fn open_writer(config: &Config, check: impl FnOnce() -> Result<(), Error>) -> Result<DbConnection, Error> {
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

pub(super) fn open_checkpointer(
    config: &Config,
    check: impl FnOnce() -> Result<(), Error>,
) -> Result<DbConnection, Error> {
    open_with(config, "PRAGMA synchronous = FULL", check)
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
pub(super) fn refusal(config: &Config, reason: String) -> Error {
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
pub(super) fn journal_in_wal(conn: &mut DbConnection, config: &Config) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        // The query opens the journal that the pragma has chosen.
        match conn.batch_execute("PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema") {
            Err(error) if is_locked(&error) && started.elapsed() < config.timeout => {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result.map_err(|error| refusal(config, error.to_string())),
        }
    }
}

/// Begins a read transaction: with its first query, because `BEGIN` alone locks nothing.
pub(super) fn begin_reading(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
}

pub(super) fn end_reading(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("COMMIT")
}

/// Whether another program holds a lock that was asked for.
pub(super) fn is_locked(error: &QueryError) -> bool {
    says(error, "database is locked")
}

/// Whether the file, or its folder, may not be written.
pub(super) fn is_read_only(error: &QueryError) -> bool {
    says(error, "attempt to write a readonly database")
}

/// Diesel tells no code of SQLite's. The message is the code's own text, and an application's error may have any.
fn says(error: &QueryError, message: &str) -> bool {
    matches!(error, QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) if info.message() == message)
}

/// The file that a connection has open, as SQLite names it, whatever the URL looked like.
pub(super) fn path(conn: &mut DbConnection) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Attached {
        #[diesel(sql_type = diesel::sql_types::Text)]
        file: String,
    }
    let attached: Attached =
        diesel::sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'").get_result(conn)?;
    Ok(attached.file)
}

/// Moves what the journal holds into the database's file, and waits for nobody. Whether all of it has arrived, so that
/// the journal can begin anew.
pub(super) fn checkpoint(conn: &mut DbConnection, beside: Beside) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        busy: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        log: i32,
        #[diesel(sql_type = diesel::sql_types::Integer)]
        checkpointed: i32,
    }
    let pragma = match beside {
        Beside::Writers => "PRAGMA wal_checkpoint(PASSIVE)",
        Beside::Readers => "PRAGMA wal_checkpoint(RESTART)",
        Beside::Nobody => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    let done: Checkpoint = diesel::sql_query(pragma).get_result(conn)?;
    if matches!(beside, Beside::Nobody) {
        return Ok(done.busy == 0 && done.log >= 0);
    }
    Ok(done.log >= 0 && done.log == done.checkpointed) // -1: another program is at it, or there is no journal
}

/// A checkpoint that waits for readers of what it moves, but not longer than that.
pub(super) fn checkpoint_within(conn: &mut DbConnection, patience: Duration) -> QueryResult<bool> {
    let wait = |conn: &mut DbConnection, time: Duration| {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", time.as_millis()))
    };
    wait(conn, patience)?;
    let made = checkpoint(conn, Beside::Readers);
    wait(conn, Duration::ZERO)?;
    made
}

/// Who goes on while a checkpoint is made.
#[derive(Clone, Copy)]
pub(super) enum Beside {
    /// Everybody. What is written meanwhile is not in it.
    Writers,
    /// Not who writes, in another program neither: it has all.
    Readers,
    /// It is refused while somebody reads what it would move.
    Nobody,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_that_nobody_made_is_not_taken_for_one() {
        let mut without_a_journal = DbConnection::establish(":memory:").unwrap();
        assert!(!checkpoint(&mut without_a_journal, Beside::Readers).unwrap());
    }
}
