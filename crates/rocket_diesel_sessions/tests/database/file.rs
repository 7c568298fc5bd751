use std::fs;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use rocket::tokio::sync::oneshot;
use rocket_diesel_sessions::MIGRATIONS;
use rocket_diesel_sessions::db::{DbConnection, Error};

use crate::test_database::{TestDatabase, another_program, is_lost, is_whole, keys_in, row, write_soon};

#[rocket::async_test]
async fn a_file_that_was_removed_is_no_place_for_a_commit_until_it_is_back() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| row(conn, "before")).await.unwrap();
    assert_eq!(db.keys().await, ["before"]);
    let away = db.folder.path().join("elsewhere");
    fs::rename(&db.url, &away).unwrap();
    is_lost(db.database.write(|conn| row(conn, "lost")).await, "removed");
    assert!(db.database.write(|conn| row(conn, "lost")).await.is_err());
    assert_eq!(db.keys().await, ["before"], "reading goes on");
    assert!(!fs::exists(&db.url).unwrap(), "and no empty one is made in its place");
    fs::rename(&away, &db.url).unwrap();
    db.database.write(|conn| row(conn, "after")).await.unwrap();
    assert_eq!(db.keys().await, ["after", "before"]);
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_is_opened_and_the_old_journal_does_not_get_into_it() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| row(conn, "in the backup")).await.unwrap();
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in ["newer", "newest"] {
        db.database.write(|conn| row(conn, key)).await.unwrap();
    }
    fs::rename(&backup, &db.url).unwrap();
    is_lost(db.database.write(|conn| row(conn, "lost")).await, "replaced");
    db.database.write(|conn| row(conn, "after")).await.unwrap();
    assert_eq!(db.keys().await, ["after", "in the backup"]);
    assert!(is_whole(&db.url));
    let files = fs::read_dir(db.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = files.filter(|name| name.starts_with("db.sqlite3-wal-replaced-")).count();
    assert_eq!(kept, 1, "what the old file had is not destroyed");
}

#[rocket::async_test]
async fn a_failed_write_has_its_answer_while_a_long_read_keeps_the_old_file() {
    let db = TestDatabase::migrated_with_timeout(Duration::from_millis(100));
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    let (begun, has_begun) = oneshot::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let (begun, may_end) = (Mutex::new(Some(begun)), Mutex::new(may_end));
    let database = db.database.clone();
    let read = rocket::tokio::spawn(async move {
        let wait = move |_: &mut DbConnection| {
            let _ = begun.lock().unwrap().take().unwrap().send(());
            let _ = may_end.lock().unwrap().recv();
            Ok(())
        };
        database.read(wait).await
    });
    has_begun.await.unwrap();
    fs::rename(&backup, &db.url).unwrap();
    is_lost(db.database.write(|conn| row(conn, "lost")).await, "replaced");
    drop(end);
    read.await.unwrap().unwrap();
    write_soon(&db.database, "after").await;
    assert_eq!(db.keys().await, ["after"]);
}

#[rocket::async_test]
async fn a_replaced_file_is_not_opened_with_the_old_journal_to_look_for_migrations() {
    let db = TestDatabase::migrated();
    for key in 0..200 {
        db.database.write(move |conn| row(conn, &format!("in the backup {key}"))).await.unwrap();
    }
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| row(conn, &format!("newer {key}"))).await.unwrap();
    }
    fs::rename(&backup, &db.url).unwrap();
    let error = db.database.pending_migrations(&MIGRATIONS).unwrap_err();
    assert!(matches!(error, Error::FileLost { what: "replaced by another one", .. }), "{error}");
    is_lost(db.database.write(|conn| row(conn, "lost")).await, "replaced");
    assert_eq!(db.keys().await.len(), 200);
    assert!(is_whole(&db.url));
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_just_before_the_end_does_not_get_the_old_journal() {
    let db = TestDatabase::migrated();
    let backup = db.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&db.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| row(conn, &format!("newer {key}"))).await.unwrap();
    }
    fs::rename(&backup, &db.url).unwrap();
    drop(db.database);
    assert!(is_whole(&db.url));
    assert!(keys_in(&db.url).is_empty());
}
