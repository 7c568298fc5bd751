use std::fs;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use rocket::tokio::sync::oneshot;
use rocket_diesel_sessions::db::{DbConnection, Error};

use crate::house::{House, another_program, is_lost, is_whole, keys_in, row, write_soon};

#[rocket::async_test]
async fn a_file_that_was_removed_is_no_place_for_a_commit_until_it_is_back() {
    let house = House::migrated();
    house.database.write(|conn| row(conn, "before")).await.unwrap();
    assert_eq!(house.keys().await, ["before"]);
    let away = house.folder.path().join("elsewhere");
    fs::rename(&house.url, &away).unwrap();
    is_lost(house.database.write(|conn| row(conn, "lost")).await, "removed");
    assert!(house.database.write(|conn| row(conn, "lost")).await.is_err());
    assert_eq!(house.keys().await, ["before"], "reading goes on");
    assert!(!fs::exists(&house.url).unwrap(), "and no empty one is made in its place");
    fs::rename(&away, &house.url).unwrap();
    house.database.write(|conn| row(conn, "after")).await.unwrap();
    assert_eq!(house.keys().await, ["after", "before"]);
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_is_opened_and_the_old_journal_does_not_get_into_it() {
    let house = House::migrated();
    house.database.write(|conn| row(conn, "in the backup")).await.unwrap();
    let backup = house.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&house.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in ["newer", "newest"] {
        house.database.write(|conn| row(conn, key)).await.unwrap();
    }
    fs::rename(&backup, &house.url).unwrap();
    is_lost(house.database.write(|conn| row(conn, "lost")).await, "replaced");
    house.database.write(|conn| row(conn, "after")).await.unwrap();
    assert_eq!(house.keys().await, ["after", "in the backup"]);
    assert!(is_whole(&house.url));
    let files =
        fs::read_dir(house.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = files.filter(|name| name.starts_with("db.sqlite3-wal-replaced-")).count();
    assert_eq!(kept, 1, "what the old file had is not destroyed");
}

#[rocket::async_test]
async fn a_failed_write_has_its_answer_while_a_long_read_keeps_the_old_file() {
    let house = House::migrated_and_impatient(Duration::from_millis(100));
    let backup = house.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&house.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    let (begun, has_begun) = oneshot::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let (begun, may_end) = (Mutex::new(Some(begun)), Mutex::new(may_end));
    let database = house.database.clone();
    let read = rocket::tokio::spawn(async move {
        let wait = move |_: &mut DbConnection| {
            let _ = begun.lock().unwrap().take().unwrap().send(());
            let _ = may_end.lock().unwrap().recv();
            Ok(())
        };
        database.read(wait).await
    });
    has_begun.await.unwrap();
    fs::rename(&backup, &house.url).unwrap();
    is_lost(house.database.write(|conn| row(conn, "lost")).await, "replaced");
    drop(end);
    read.await.unwrap().unwrap();
    write_soon(&house.database, "after").await;
    assert_eq!(house.keys().await, ["after"]);
}

#[rocket::async_test]
async fn a_replaced_file_is_not_opened_with_the_old_journal_to_look_for_migrations() {
    let house = House::migrated();
    for key in 0..200 {
        house.database.write(move |conn| row(conn, &format!("in the backup {key}"))).await.unwrap();
    }
    let backup = house.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&house.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in 0..300 {
        house.database.write(move |conn| row(conn, &format!("newer {key}"))).await.unwrap();
    }
    fs::rename(&backup, &house.url).unwrap();
    let error = house.database.pending_migrations().unwrap_err();
    assert!(matches!(error, Error::FileLost { what: "replaced by another one", .. }), "{error}");
    is_lost(house.database.write(|conn| row(conn, "lost")).await, "replaced");
    assert_eq!(house.keys().await.len(), 200);
    assert!(is_whole(&house.url));
}

#[rocket::async_test]
async fn a_backup_that_replaces_the_file_just_before_the_end_does_not_get_the_old_journal() {
    let house = House::migrated();
    let backup = house.folder.path().join("backup").to_str().unwrap().to_owned();
    another_program(&house.url).batch_execute(&format!("VACUUM INTO '{backup}'")).unwrap();
    for key in 0..300 {
        house.database.write(move |conn| row(conn, &format!("newer {key}"))).await.unwrap();
    }
    fs::rename(&backup, &house.url).unwrap();
    drop(house.database);
    assert!(is_whole(&house.url));
    assert!(keys_in(&house.url).is_empty());
}
