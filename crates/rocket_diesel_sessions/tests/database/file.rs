//! What happens if somebody removes or replaces the database file while it is open.

use std::fs;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use rocket::tokio::sync::oneshot;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::db::{Config, Database, DbConnection, Error};

use crate::test_database::{TestDatabase, another_program, assert_file_lost, insert_row, is_intact, keys_in};

/// Makes a copy of the database in a file beside it.
fn back_up(db: &TestDatabase) -> String {
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    backup
}

/// The last step of restoring a backup, as the documentation describes it.
fn remove_old_wal(url: &str) {
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(format!("{url}{suffix}")).unwrap();
    }
}

async fn insert_many(db: &TestDatabase, name: &'static str) {
    for number in 0..200 {
        db.database.write(move |conn| insert_row(conn, &format!("{name} {number}"))).await.unwrap();
    }
}

#[rocket::async_test]
async fn every_write_is_refused_after_the_file_was_moved_until_the_database_is_opened_again() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "before")).await.unwrap();
    assert_eq!(db.keys().await, ["before"]);
    let moved = db.folder.path().join("elsewhere");
    fs::rename(&db.url, &moved).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "removed");
    assert!(db.database.write(|conn| insert_row(conn, "lost")).await.is_err());
    assert_eq!(db.keys().await, ["before"], "reads still work");
    assert!(db.database.pending_migrations(&MIGRATIONS).is_err());
    assert!(!fs::exists(&db.url).unwrap(), "an empty file was made in its place");
    fs::rename(&moved, &db.url).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "removed");
    drop(db.database);
    let again = Database::connect(&Config::new(&db.url)).unwrap();
    again.write(|conn| insert_row(conn, "after")).await.unwrap();
    assert_eq!(keys_in(&db.url), ["after", "before"]);
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_gets_nothing_of_the_old_wal() {
    let db = TestDatabase::migrated();
    insert_many(&db, "in the backup").await;
    let backup = back_up(&db);
    insert_many(&db, "newer").await;
    fs::rename(&backup, &db.url).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "replaced");
    assert_eq!(db.keys().await.len(), 400, "reads still see the old file");
    drop(db.database);
    remove_old_wal(&db.url);
    let again = Database::connect(&Config::new(&db.url)).unwrap();
    again.write(|conn| insert_row(conn, "after")).await.unwrap();
    assert!(is_intact(&db.url));
    assert_eq!(keys_in(&db.url).len(), 201);
}

#[rocket::async_test]
async fn a_shutdown_leaves_a_file_and_its_wal_alone_that_somebody_has_put_in_place_of_ours() {
    let db = TestDatabase::migrated();
    insert_many(&db, "ours").await;
    let other = TestDatabase::migrated();
    insert_many(&other, "theirs").await;
    let files = ["", "-wal", "-shm"].map(|suffix| (format!("{}{suffix}", other.url), format!("{}{suffix}", db.url)));
    let mut contents = Vec::new();
    for (from, to) in &files {
        fs::rename(from, to).unwrap();
        contents.push(fs::read(to).unwrap());
    }
    drop(db.database);
    for ((_, file), content) in files.iter().zip(contents) {
        assert!(fs::read(file).unwrap() == content, "{file} was changed");
    }
}

#[rocket::async_test]
async fn a_write_to_a_replaced_file_fails_without_waiting_for_a_long_read() {
    let db = TestDatabase::migrated_with_timeout(Duration::from_millis(100));
    let backup = back_up(&db);
    let (started, has_started) = oneshot::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let (started, may_end) = (Mutex::new(Some(started)), Mutex::new(may_end));
    let database = db.database.clone();
    let read = rocket::tokio::spawn(async move {
        let wait = move |_: &mut DbConnection| {
            let _ = started.lock().unwrap().take().unwrap().send(());
            let _ = may_end.lock().unwrap().recv();
            Ok(())
        };
        database.read(wait).await
    });
    has_started.await.unwrap();
    fs::rename(&backup, &db.url).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "replaced");
    drop(end);
    read.await.unwrap().unwrap();
}

#[rocket::async_test]
async fn a_check_for_pending_migrations_does_not_open_a_replaced_file() {
    let db = TestDatabase::migrated();
    insert_many(&db, "in the backup").await;
    let backup = back_up(&db);
    insert_many(&db, "newer").await;
    fs::rename(&backup, &db.url).unwrap();
    let error = db.database.pending_migrations(&MIGRATIONS).unwrap_err();
    assert!(matches!(error, Error::FileLost { what: "replaced by another one", .. }), "{error}");
    assert!(error.to_string().contains(&db.url), "{error}");
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_just_before_a_shutdown_does_not_get_the_old_wal() {
    let db = TestDatabase::migrated();
    let backup = back_up(&db);
    insert_many(&db, "newer").await;
    fs::rename(&backup, &db.url).unwrap();
    drop(db.database);
    remove_old_wal(&db.url);
    assert!(is_intact(&db.url));
    assert!(keys_in(&db.url).is_empty());
}

#[cfg(unix)]
fn modes(url: &str) -> [u32; 3] {
    use std::os::unix::fs::PermissionsExt;
    ["", "-wal", "-shm"].map(|suffix| fs::metadata(format!("{url}{suffix}")).unwrap().permissions().mode() & 0o777)
}

#[cfg(unix)]
#[test]
fn a_new_database_file_and_its_wal_are_readable_by_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::os::unix::fs::symlink("target", path("link")).unwrap();
    for (url, file) in [
        (path("plain"), path("plain")),
        (format!("file:{}?cache=private", path("url")), path("url")),
        (format!("sqlite://{}?mode=rwc", path("mode")), path("mode")),
        (path("link"), path("target")),
    ] {
        let database = Database::connect(&Config::new(&url)).unwrap();
        database.migrate(&MIGRATIONS).unwrap();
        assert_eq!(modes(&file), [0o600; 3], "{url}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_exists_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
    fs::write(&url, "").unwrap();
    fs::set_permissions(&url, fs::Permissions::from_mode(0o640)).unwrap();
    let database = Database::connect(&Config::new(&url)).unwrap();
    database.migrate(&MIGRATIONS).unwrap();
    assert_eq!(modes(&url), [0o640; 3]);
}

#[test]
fn a_url_that_forbids_it_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.sqlite3");
    for mode in ["rw", "ro"] {
        assert!(Database::connect(&Config::new(&format!("file:{}?mode={mode}", path.display()))).is_err());
        assert!(!path.exists(), "{mode}");
    }
}

#[rocket::async_test]
async fn a_path_can_have_characters_that_have_a_meaning_in_a_url() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["100%3f.sqlite3", "a?mode=ro", "a#b"] {
        let path = folder.path().join(name);
        let database = Database::connect(&Config::new(path.to_str().unwrap())).unwrap();
        database.migrate(&MIGRATIONS).unwrap();
        database.write(|conn| insert_row(conn, "here")).await.unwrap();
        assert!(path.exists(), "{name} was not made");
    }
    assert!(!folder.path().join("a").exists());
}
