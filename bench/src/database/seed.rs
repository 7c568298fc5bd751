use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::db::{Config, Database};

use super::connection;
use crate::disk::RunFolder;
use crate::error::Result;
use crate::progress;

/// The distance between the row IDs of two generated rows. [`spread`] moves the visitors' rows into the gaps.
const ROWID_STEP: u64 = 64;

/// Which rows a generated table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// No row has expired.
    Unexpired,
    /// Every second row has expired.
    HalfExpired,
}

/// Creates a database at `path` with that many rows. If the folder has a cache, a database from the last 12 hours is
/// reused.
pub fn fill(path: &Path, count: u64, rows: Rows, folder: &RunFolder) -> Result {
    let Some(cache) = &folder.cache else { return generate(path, count, rows) };
    let name = if rows == Rows::Unexpired { "living" } else { "mixed" };
    let cached = cache.join(format!("seeded-{name}-{count}.sqlite3"));
    let is_recent = fs::metadata(&cached)
        .and_then(|file| file.modified())
        .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age.as_secs() < 12 * 60 * 60));
    if !is_recent {
        let _ = fs::remove_file(&cached);
        let unfinished = folder.path("unfinished.sqlite3"); // only a complete database gets its final name
        generate(&unfinished, count, rows)?;
        fs::rename(&unfinished, &cached)?;
    }
    copy(&cached, path)
}

/// Copies a database and waits until the copy is on the disk, so that no measurement includes this write.
pub fn copy(from: &Path, to: &Path) -> Result {
    fs::copy(from, to)?;
    Ok(File::open(to)?.sync_all()?)
}

/// Creates a database, inserts the rows in the order of their keys, and creates the indexes at the end.
///
/// Inserting in random order takes ten times as long. A lookup costs the same either way: it reads one leaf page of the
/// index and one of the table.
fn generate(path: &Path, count: u64, rows: Rows) -> Result {
    const BATCH: u64 = 200_000;

    Database::connect(&Config::new(connection::url(path)?))?.migrate(&MIGRATIONS)?;
    let mut conn = connection::open(path)?;
    conn.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")?;
    let indexes = "name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'sessions' AND sql IS NOT NULL";
    let indexes: Vec<(String, String)> = diesel::select(sql::<(Text, Text)>(indexes)).load(&mut conn)?;
    for (name, _) in &indexes {
        conn.batch_execute(&format!("DROP INDEX {name}"))?;
    }
    let bar = progress::bar(count, "rows seeded");
    for first in (0..count).step_by(BATCH as usize) {
        let size = BATCH.min(count - first);
        if count > BATCH && bar.is_hidden() {
            eprintln!("seeding: {first} of {count} rows");
        }
        conn.batch_execute(&insert_batch(first, size, count, rows))?;
        bar.inc(size);
    }
    bar.finish_and_clear();
    for (_, statement) in &indexes {
        conn.batch_execute(statement)?;
    }
    checkpoint(&mut conn)
}

/// Returns the SQL that inserts one batch of rows.
///
/// Each batch has its own range of keys, and its keys are random within this range. Each session was created two weeks
/// before it expires.
fn insert_batch(first: u64, size: u64, count: u64, rows: Rows) -> String {
    let low = (u128::from(first) << 32) / u128::from(count);
    let width = ((u128::from(size) << 32) / u128::from(count)).max(1);
    let after_now = "86400 + abs(random() % 1123200)"; // from one day to two weeks
    let seconds = match rows {
        Rows::Unexpired => after_now.to_owned(),
        Rows::HalfExpired => format!("CASE i % 2 WHEN 0 THEN {after_now} ELSE -({after_now}) END"),
    };
    format!(
        "WITH RECURSIVE
           counter(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counter WHERE i < {size}),
           drawn(key, seconds) AS MATERIALIZED (
             SELECT printf('%08x', {low} + abs(random() % {width})) || lower(hex(randomblob(28))), {seconds}
             FROM counter
           )
         INSERT INTO sessions (rowid, session_key, session_data, expire_date, created_at, version)
         SELECT
           ({first} + row_number() OVER (ORDER BY key)) * {ROWID_STEP}, key,
           '{{\"lname\":\"Codedec\",\"name\":\"Bipasha\"}}',
           datetime('now', printf('%+d seconds', seconds)), datetime('now', printf('%+d seconds', seconds - 1209600)), 1
         FROM drawn"
    )
}

/// Spreads the visitors' rows evenly over a table with `generated` generated rows. Before this, they are all at the end
/// of the table, because they were inserted last.
pub fn spread(path: &Path, generated: u64) -> Result {
    let mut conn = connection::open(path)?;
    let end = generated * ROWID_STEP;
    conn.batch_execute(&format!(
        "UPDATE sessions SET rowid = place
         FROM (
           SELECT rowid AS last, ((row_number() OVER (ORDER BY session_key) - 1) * {end} / count(*) OVER ()) | 1 AS place
           FROM sessions WHERE rowid > {end}
         ) AS moved
         WHERE sessions.rowid = moved.last"
    ))?;
    checkpoint(&mut conn)
}

/// Moves everything from the WAL into the database file. Then a copy of this file is complete, and no measurement
/// includes this checkpoint.
fn checkpoint(conn: &mut SqliteConnection) -> Result {
    Ok(conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)")?)
}
