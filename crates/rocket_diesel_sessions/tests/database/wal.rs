//! What happens if somebody removes or replaces the file `-wal` or its index `-shm` while the database is open.

use std::fs;

use diesel::connection::SimpleConnection;
use rocket_diesel_sessions::db::{Config, Database};

use crate::test_database::{
    TestDatabase, another_program, assert_file_lost, clear_expired_in_another_process, insert_row, insert_with_retries,
    is_intact, keys_in,
};

#[rocket::async_test]
async fn no_commit_is_lost_if_the_wal_file_is_removed() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "before")).await.unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "separated from its WAL");
    db.database.write(|conn| insert_row(conn, "after")).await.unwrap();
    assert_eq!(db.keys().await, ["after", "before"]);
    drop(db.database);
    let mut other = another_program(&db.url);
    assert!(insert_row(&mut other, "before").is_err(), "the row is in the database file itself");
}

#[rocket::async_test]
async fn every_commit_survives_a_crash_after_the_wal_file_was_removed_during_another_programs_read() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "before")).await.unwrap();
    let mut reader = db.another_program();
    reader.batch_execute("BEGIN; SELECT * FROM sessions").unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    let mut committed = vec!["before".to_owned()];
    for key in ["1", "2", "3"] {
        if db.database.write(move |conn| insert_row(conn, key)).await.is_ok() {
            committed.push(key.into());
        }
    }
    drop(reader);
    insert_with_retries(&db.database, "4").await;
    committed.push("4".into());
    let copy = db.folder.path().join("copy").to_str().unwrap().to_owned(); // as a crash would leave it
    fs::copy(&db.url, &copy).unwrap();
    fs::copy(format!("{}-wal", db.url), format!("{copy}-wal")).unwrap();
    let mut found = keys_in(&copy);
    found.sort();
    committed.sort();
    assert_eq!(found, committed);
}

#[rocket::async_test]
async fn two_servers_do_not_corrupt_the_database_if_its_wal_file_is_removed() {
    let db = TestDatabase::migrated();
    let second = Database::connect(&Config::new(&db.url)).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| insert_row(conn, &format!("first {key}"))).await.unwrap();
    }
    second.write(|conn| insert_row(conn, "second")).await.unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "separated from its WAL");
    for key in 0..40 {
        db.database.write(move |conn| insert_row(conn, &format!("later {key}"))).await.unwrap();
    }
    assert!(second.write(|conn| insert_row(conn, "lost too")).await.is_err());
    insert_with_retries(&second, "second again").await;
    insert_with_retries(&db.database, "first again").await;
    assert!(is_intact(&db.url));
    assert_eq!(db.keys().await.len(), 343);
}

#[rocket::async_test]
async fn no_write_is_committed_until_a_removed_or_replaced_wal_index_is_opened_again() {
    for is_replaced in [false, true] {
        let db = TestDatabase::migrated();
        db.database.write(|conn| insert_row(conn, "before")).await.unwrap();
        let (index, copy) = (format!("{}-shm", db.url), db.folder.path().join("copy"));
        fs::copy(&index, &copy).unwrap();
        fs::remove_file(&index).unwrap();
        if is_replaced {
            fs::rename(copy, index).unwrap();
        }
        assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "separated from its WAL's index");
        db.database.write(|conn| insert_row(conn, "after")).await.unwrap();
        assert_eq!(keys_in(&db.url), ["after", "before"], "other programs see the commit");
    }
}

#[rocket::async_test]
async fn another_programs_commit_is_kept_if_the_wal_index_was_removed_before_it() {
    for is_shut_down in [false, true] {
        let db = TestDatabase::migrated();
        for key in 0..100 {
            db.database.write(move |conn| insert_row(conn, &format!("expired {key}"))).await.unwrap();
        }
        fs::remove_file(format!("{}-shm", db.url)).unwrap();
        clear_expired_in_another_process(&db.url);
        if is_shut_down {
            drop(db.database);
        } else {
            assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "index");
        }
        assert!(is_intact(&db.url));
        assert!(keys_in(&db.url).is_empty());
    }
}

#[rocket::async_test]
async fn another_programs_commit_is_kept_if_the_wal_file_was_removed_before_it() {
    for is_shut_down in [false, true] {
        let db = TestDatabase::migrated();
        for key in 0..100 {
            db.database.write(move |conn| insert_row(conn, &format!("expired {key}"))).await.unwrap();
        }
        // When every frame is in the database file, the next writer starts the WAL again from its beginning.
        db.another_program().batch_execute("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
        fs::remove_file(format!("{}-wal", db.url)).unwrap();
        clear_expired_in_another_process(&db.url);
        if is_shut_down {
            drop(db.database);
        } else {
            insert_with_retries(&db.database, "after").await;
        }
        assert!(is_intact(&db.url));
        let left: &[&str] = if is_shut_down { &[] } else { &["after"] };
        assert_eq!(keys_in(&db.url), left);
    }
}
