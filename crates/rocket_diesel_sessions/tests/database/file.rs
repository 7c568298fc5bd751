use std::fs;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use rocket::tokio::sync::oneshot;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::db::{DbConnection, Error};

use crate::test_database::{
    TestDatabase, another_program, assert_file_lost, insert_row, insert_with_retries, is_intact, keys_in,
};

#[rocket::async_test]
async fn no_write_is_committed_while_the_database_file_is_missing() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "before")).await.unwrap();
    assert_eq!(db.keys().await, ["before"]);
    let moved = db.folder.path().join("elsewhere");
    fs::rename(&db.url, &moved).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "removed");
    assert!(db.database.write(|conn| insert_row(conn, "lost")).await.is_err());
    assert_eq!(db.keys().await, ["before"], "reads still work");
    assert!(!fs::exists(&db.url).unwrap(), "an empty file was made in its place");
    fs::rename(&moved, &db.url).unwrap();
    db.database.write(|conn| insert_row(conn, "after")).await.unwrap();
    assert_eq!(db.keys().await, ["after", "before"]);
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_is_opened_without_the_old_wal() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "in the backup")).await.unwrap();
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in ["newer", "newest"] {
        db.database.write(|conn| insert_row(conn, key)).await.unwrap();
    }
    fs::rename(&backup, &db.url).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "replaced");
    db.database.write(|conn| insert_row(conn, "after")).await.unwrap();
    assert_eq!(db.keys().await, ["after", "in the backup"]);
    assert!(is_intact(&db.url));
    let files = fs::read_dir(db.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = files.filter(|name| name.starts_with("db.sqlite3-wal-replaced-")).count();
    assert_eq!(kept, 1, "the old WAL file is kept");
}

#[rocket::async_test]
async fn a_write_to_a_replaced_file_fails_without_waiting_for_a_long_read() {
    let db = TestDatabase::migrated_with_timeout(Duration::from_millis(100));
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
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
    insert_with_retries(&db.database, "after").await;
    assert_eq!(db.keys().await, ["after"]);
}

#[rocket::async_test]
async fn a_check_for_pending_migrations_does_not_open_a_replaced_file_with_the_old_wal() {
    let db = TestDatabase::migrated();
    for key in 0..200 {
        db.database.write(move |conn| insert_row(conn, &format!("in the backup {key}"))).await.unwrap();
    }
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| insert_row(conn, &format!("newer {key}"))).await.unwrap();
    }
    fs::rename(&backup, &db.url).unwrap();
    let error = db.database.pending_migrations(&MIGRATIONS).unwrap_err();
    assert!(matches!(error, Error::FileLost { what: "replaced by another one", .. }), "{error}");
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "replaced");
    assert_eq!(db.keys().await.len(), 200);
    assert!(is_intact(&db.url));
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_just_before_a_shutdown_does_not_get_the_old_wal() {
    let db = TestDatabase::migrated();
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| insert_row(conn, &format!("newer {key}"))).await.unwrap();
    }
    fs::rename(&backup, &db.url).unwrap();
    drop(db.database);
    assert!(is_intact(&db.url));
    assert!(keys_in(&db.url).is_empty());
}
