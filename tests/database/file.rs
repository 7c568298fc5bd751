use std::fs;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use rocket::tokio::sync::oneshot;
use rocket_diesel_sessions::db::{Config, Database, DbConnection, Error};

use crate::house::{House, another_program, is_whole, keys_in, row};

fn is_lost(written: Result<(), Error>, what: &str) {
    let error = written.unwrap_err();
    let Error::Transaction(shared) = &error else { panic!("{error}") };
    assert!(matches!(&**shared, Error::FileLost { what: found, .. } if found.contains(what)), "{error}");
}

/// A write that is refused by a batch which finds out what is wrong, and then is not.
async fn write_soon(database: &Database, key: &'static str) {
    for refusals in 0.. {
        match database.write(move |conn| row(conn, key)).await {
            Ok(()) => return,
            Err(error) => assert!(refusals < 2, "{error}"),
        }
    }
}

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
async fn a_journal_that_was_removed_loses_nothing() {
    let house = House::migrated();
    house.database.write(|conn| row(conn, "before")).await.unwrap();
    fs::remove_file(format!("{}-wal", house.url)).unwrap();
    is_lost(house.database.write(|conn| row(conn, "lost")).await, "parted from its journal");
    house.database.write(|conn| row(conn, "after")).await.unwrap();
    assert_eq!(house.keys().await, ["after", "before"]);
    drop(house.database);
    let mut other = another_program(&house.url);
    assert!(row(&mut other, "before").is_err(), "it is in the file itself");
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
async fn what_is_answered_after_a_journal_was_removed_beside_another_programs_reader_survives_a_crash() {
    let house = House::migrated();
    house.database.write(|conn| row(conn, "before")).await.unwrap();
    let mut reader = house.another_program();
    reader.batch_execute("BEGIN; SELECT * FROM sessions").unwrap();
    fs::remove_file(format!("{}-wal", house.url)).unwrap();
    let mut answered = vec!["before".to_owned()];
    for key in ["1", "2", "3"] {
        if house.database.write(move |conn| row(conn, key)).await.is_ok() {
            answered.push(key.into());
        }
    }
    drop(reader);
    write_soon(&house.database, "4").await;
    answered.push("4".into());
    let copy = house.folder.path().join("copy").to_str().unwrap().to_owned(); // as a crash would leave it
    fs::copy(&house.url, &copy).unwrap();
    fs::copy(format!("{}-wal", house.url), format!("{copy}-wal")).unwrap();
    let mut found = keys_in(&copy);
    found.sort();
    answered.sort();
    assert_eq!(found, answered);
}

#[rocket::async_test]
async fn two_servers_whose_journal_was_removed_do_not_destroy_the_file() {
    let house = House::migrated();
    let second = Database::connect(&Config::new(&house.url)).unwrap();
    for key in 0..300 {
        house.database.write(move |conn| row(conn, &format!("first {key}"))).await.unwrap();
    }
    second.write(|conn| row(conn, "second")).await.unwrap();
    fs::remove_file(format!("{}-wal", house.url)).unwrap();
    is_lost(house.database.write(|conn| row(conn, "lost")).await, "parted from its journal");
    for key in 0..40 {
        house.database.write(move |conn| row(conn, &format!("later {key}"))).await.unwrap();
    }
    assert!(second.write(|conn| row(conn, "lost too")).await.is_err());
    write_soon(&second, "second again").await;
    write_soon(&house.database, "first again").await;
    assert!(is_whole(&house.url));
    assert_eq!(house.keys().await.len(), 343);
}

#[rocket::async_test]
async fn a_journal_whose_index_was_removed_or_replaced_takes_no_commit_before_it_is_opened_anew() {
    for is_replaced in [false, true] {
        let house = House::migrated();
        house.database.write(|conn| row(conn, "before")).await.unwrap();
        let (index, copy) = (format!("{}-shm", house.url), house.folder.path().join("copy"));
        fs::copy(&index, &copy).unwrap();
        fs::remove_file(&index).unwrap();
        if is_replaced {
            fs::rename(copy, index).unwrap();
        }
        is_lost(house.database.write(|conn| row(conn, "lost")).await, "parted from its journal's index");
        house.database.write(|conn| row(conn, "after")).await.unwrap();
        assert_eq!(keys_in(&house.url), ["after", "before"], "and others see it");
    }
}
