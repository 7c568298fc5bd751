use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rocket_diesel_sessions::db::{Config, Database};

use crate::folder::Folder;
use crate::{Outcome, database};

/// Between two seeded rows there is room for this many others, less one: the visitors' own get a place among them.
const ROOM: u64 = 64;

/// Which rows a seeded table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    Living,
    /// Every second row has expired.
    HalfExpired,
}

/// A database with that many rows of other visitors, at `path`. In a kept folder it is made once a day.
pub fn fill(path: &Path, rows: u64, mix: Mix, folder: &Folder) -> Outcome {
    let Some(kept) = &folder.kept else { return make(path, rows, mix) };
    let kept = kept.join(format!("seeded-{}-{rows}.sqlite3", if mix == Mix::Living { "living" } else { "mixed" }));
    let is_young = fs::metadata(&kept)
        .and_then(|file| file.modified())
        .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age.as_secs() < 12 * 60 * 60));
    if !is_young {
        let _ = fs::remove_file(&kept);
        let half = folder.path("half-made.sqlite3"); // under its own name only when it is whole
        make(&half, rows, mix)?;
        fs::rename(&half, &kept)?;
    }
    copy(&kept, path)
}

/// A copy that the disk has: it is not to be written while something is measured.
pub fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to)?;
    Ok(File::open(to)?.sync_all()?)
}

/// Rows in the order of their keys, and their indexes afterwards, because a table that is filled at random places is
/// filled ten times as slowly. What a lookup costs is the same: one leaf of the key's index and one of the table.
fn make(path: &Path, rows: u64, mix: Mix) -> Outcome {
    const BATCH: u64 = 200_000;

    Database::connect(&Config::new(database::url(path)?))?.migrate()?;
    let mut conn = database::open(path)?;
    conn.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")?;
    let indexes = "name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'sessions' AND sql IS NOT NULL";
    let indexes: Vec<(String, String)> = diesel::select(sql::<(Text, Text)>(indexes)).load(&mut conn)?;
    for (name, _) in &indexes {
        conn.batch_execute(&format!("DROP INDEX {name}"))?;
    }
    for first in (0..rows).step_by(BATCH as usize) {
        let size = BATCH.min(rows - first);
        if rows > BATCH {
            eprintln!("seeding: {first} of {rows} rows");
        }
        conn.batch_execute(&batch(first, size, rows, mix))?;
    }
    for (_, statement) in &indexes {
        conn.batch_execute(statement)?;
    }
    finish(&mut conn)
}

/// One transaction's rows. Their keys are random within the batch's share of all keys. Their sessions began during the
/// two weeks before they end.
fn batch(first: u64, size: u64, rows: u64, mix: Mix) -> String {
    let low = (u128::from(first) << 32) / u128::from(rows);
    let width = ((u128::from(size) << 32) / u128::from(rows)).max(1);
    let after_now = "86400 + abs(random() % 1123200)"; // from a day to two weeks
    let seconds = match mix {
        Mix::Living => after_now.to_owned(),
        Mix::HalfExpired => format!("CASE i % 2 WHEN 0 THEN {after_now} ELSE -({after_now}) END"),
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
           ({first} + row_number() OVER (ORDER BY key)) * {ROOM}, key, '{{\"lname\":\"Codedec\",\"name\":\"Bipasha\"}}',
           datetime('now', printf('%+d seconds', seconds)), datetime('now', printf('%+d seconds', seconds - 1209600)), 1
         FROM drawn"
    )
}

/// Gives the visitors' rows, which came last, places all over the table of `seeded` rows.
pub fn spread(path: &Path, seeded: u64) -> Outcome {
    let mut conn = database::open(path)?;
    let end = seeded * ROOM;
    conn.batch_execute(&format!(
        "UPDATE sessions SET rowid = place
         FROM (
           SELECT rowid AS last, ((row_number() OVER (ORDER BY session_key) - 1) * {end} / count(*) OVER ()) | 1 AS place
           FROM sessions WHERE rowid > {end}
         ) AS moved
         WHERE sessions.rowid = moved.last"
    ))?;
    finish(&mut conn)
}

/// What is in the journal goes into the file, so that a copy of the file is all, and nobody has to do it later.
pub fn finish(conn: &mut SqliteConnection) -> Outcome {
    Ok(conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)")?)
}
