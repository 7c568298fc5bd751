//! Backups of a database that is in use.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rocket_diesel_sessions::db::{Config, Database, DbConnection, Error};
use rocket_diesel_sessions::schema::sessions;

use crate::test_database::{TestDatabase, another_program, insert_row, is_intact};

/// Writes the same version into two rows in each transaction, until `stop`. Counts in `acknowledged`.
async fn keep_two_rows_equal(database: &Database, acknowledged: &AtomicI64, stop: &AtomicBool) {
    let first = acknowledged.load(Ordering::SeqCst) + 1;
    for version in first.. {
        let both = move |conn: &mut DbConnection| {
            for key in ["one", "two"] {
                diesel::update(sessions::table.find(key)).set(sessions::version.eq(version)).execute(conn)?;
            }
            Ok(())
        };
        database.write(both).await.unwrap();
        acknowledged.store(version, Ordering::SeqCst);
        if stop.load(Ordering::SeqCst) {
            return;
        }
    }
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Inserts enough rows that a backup takes longer than some writes.
async fn fill(db: &TestDatabase) {
    let insert = |conn: &mut DbConnection| {
        insert_row(conn, "one")?;
        (0..5000).try_for_each(|number| insert_row(conn, &format!("{number:064}")))?;
        insert_row(conn, "two") // far from the first one in the file
    };
    db.database.write(insert).await.unwrap();
}

fn versions(url: &str) -> Vec<i64> {
    let rows = sessions::table.filter(sessions::session_key.eq_any(["one", "two"])).select(sessions::version);
    rows.load(&mut another_program(url)).unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("db.sqlite3")).collect()
}

#[rocket::async_test]
async fn a_backup_under_load_is_one_moment_with_everything_that_was_acknowledged_before() {
    let db = TestDatabase::migrated();
    fill(&db).await;
    let (acknowledged, stop, mut overlapped) = (AtomicI64::new(1), AtomicBool::new(false), false);
    thread::scope(|scope| {
        scope.spawn(|| rocket::async_test(keep_two_rows_equal(&db.database, &acknowledged, &stop)));
        let _stop = StopAtEnd(&stop); // also if an assertion fails
        let other = Database::connect(&Config::new(&db.url)).unwrap(); // as the command does beside a server
        for number in 0..10 {
            let file = db.folder.path().join(format!("backup {number}"));
            let before = acknowledged.load(Ordering::SeqCst);
            other.back_up_to(&file).unwrap();
            overlapped |= acknowledged.load(Ordering::SeqCst) > before + 1;
            let url = file.to_str().unwrap();
            assert!(is_intact(url));
            let [one, two] = versions(url)[..] else { panic!("a row is missing") };
            assert_eq!(one, two, "half of a transaction is in the backup");
            assert!(one >= before, "{before} was acknowledged before the backup began, and it has {one}");
            while acknowledged.load(Ordering::SeqCst) == before {
                thread::yield_now();
            }
        }
    });
    assert!(overlapped, "no write was acknowledged while a backup was made");
}

#[cfg(unix)]
#[rocket::async_test]
async fn a_backup_is_one_file_that_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let db = TestDatabase::migrated();
    fill(&db).await;
    let file = db.folder.path().join("backup");
    let size = db.database.back_up_to(&file).unwrap();
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!((metadata.permissions().mode() & 0o777, metadata.len()), (0o600, size));
    assert_eq!(versions(file.to_str().unwrap()).len(), 2);
    assert_eq!(names_in(db.folder.path()), ["backup"]);
}

#[rocket::async_test]
async fn a_backup_overwrites_nothing_and_makes_no_folder() {
    let db = TestDatabase::migrated();
    let file = db.folder.path().join("mine");
    fs::write(&file, "mine").unwrap();
    let error = db.database.back_up_to(&file).unwrap_err();
    assert!(matches!(&error, Error::Backup { reason, .. } if reason.contains("exists")), "{error}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    let error = db.database.back_up_to(&db.folder.path().join("no/backup")).unwrap_err();
    assert!(matches!(&error, Error::Backup { reason, .. } if reason.contains("no such folder")), "{error}");
    assert_eq!(names_in(db.folder.path()), ["mine"]);
}

#[rocket::async_test]
async fn a_backup_that_fails_leaves_no_file() {
    let db = TestDatabase::migrated();
    fill(&db).await;
    db.another_program().batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(&db.url).unwrap();
    bytes[40_000..80_000].fill(255); // some of the table's pages
    let damaged = db.folder.path().join("db.sqlite3.damaged");
    fs::write(&damaged, bytes).unwrap();
    let damaged = Database::connect(&Config::new(damaged.to_str().unwrap())).unwrap();
    damaged.back_up_to(&db.folder.path().join("backup")).unwrap_err();
    assert_eq!(names_in(db.folder.path()), [""; 0]);
}
