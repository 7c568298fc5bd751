//! The journal's two files, `-wal` and `-shm`, in others' hands.

use std::fs;

use diesel::connection::SimpleConnection;
use rocket_diesel_sessions::db::{Config, Database};

use crate::test_database::{TestDatabase, another_program, clear_expired, is_lost, is_whole, keys_in, row, write_soon};

#[rocket::async_test]
async fn a_journal_that_was_removed_loses_nothing() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| row(conn, "before")).await.unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    is_lost(db.database.write(|conn| row(conn, "lost")).await, "parted from its journal");
    db.database.write(|conn| row(conn, "after")).await.unwrap();
    assert_eq!(db.keys().await, ["after", "before"]);
    drop(db.database);
    let mut other = another_program(&db.url);
    assert!(row(&mut other, "before").is_err(), "it is in the file itself");
}

#[rocket::async_test]
async fn what_is_answered_after_a_journal_was_removed_beside_another_programs_reader_survives_a_crash() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| row(conn, "before")).await.unwrap();
    let mut reader = db.another_program();
    reader.batch_execute("BEGIN; SELECT * FROM sessions").unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    let mut answered = vec!["before".to_owned()];
    for key in ["1", "2", "3"] {
        if db.database.write(move |conn| row(conn, key)).await.is_ok() {
            answered.push(key.into());
        }
    }
    drop(reader);
    write_soon(&db.database, "4").await;
    answered.push("4".into());
    let copy = db.folder.path().join("copy").to_str().unwrap().to_owned(); // as a crash would leave it
    fs::copy(&db.url, &copy).unwrap();
    fs::copy(format!("{}-wal", db.url), format!("{copy}-wal")).unwrap();
    let mut found = keys_in(&copy);
    found.sort();
    answered.sort();
    assert_eq!(found, answered);
}

#[rocket::async_test]
async fn two_servers_whose_journal_was_removed_do_not_destroy_the_file() {
    let db = TestDatabase::migrated();
    let second = Database::connect(&Config::new(&db.url)).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| row(conn, &format!("first {key}"))).await.unwrap();
    }
    second.write(|conn| row(conn, "second")).await.unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    is_lost(db.database.write(|conn| row(conn, "lost")).await, "parted from its journal");
    for key in 0..40 {
        db.database.write(move |conn| row(conn, &format!("later {key}"))).await.unwrap();
    }
    assert!(second.write(|conn| row(conn, "lost too")).await.is_err());
    write_soon(&second, "second again").await;
    write_soon(&db.database, "first again").await;
    assert!(is_whole(&db.url));
    assert_eq!(db.keys().await.len(), 343);
}

#[rocket::async_test]
async fn a_journal_whose_index_was_removed_or_replaced_takes_no_commit_before_it_is_opened_anew() {
    for is_replaced in [false, true] {
        let db = TestDatabase::migrated();
        db.database.write(|conn| row(conn, "before")).await.unwrap();
        let (index, copy) = (format!("{}-shm", db.url), db.folder.path().join("copy"));
        fs::copy(&index, &copy).unwrap();
        fs::remove_file(&index).unwrap();
        if is_replaced {
            fs::rename(copy, index).unwrap();
        }
        is_lost(db.database.write(|conn| row(conn, "lost")).await, "parted from its journal's index");
        db.database.write(|conn| row(conn, "after")).await.unwrap();
        assert_eq!(keys_in(&db.url), ["after", "before"], "and others see it");
    }
}

#[rocket::async_test]
async fn what_another_program_commits_after_the_index_was_removed_stays() {
    for is_shut_down in [false, true] {
        let db = TestDatabase::migrated();
        for key in 0..100 {
            db.database.write(move |conn| row(conn, &format!("expired {key}"))).await.unwrap();
        }
        fs::remove_file(format!("{}-shm", db.url)).unwrap();
        clear_expired(&db.url);
        if is_shut_down {
            drop(db.database);
        } else {
            is_lost(db.database.write(|conn| row(conn, "lost")).await, "index");
        }
        assert!(is_whole(&db.url));
        assert!(keys_in(&db.url).is_empty());
    }
}

#[rocket::async_test]
async fn what_another_program_commits_after_the_journal_was_removed_stays_and_the_file_is_whole() {
    for is_shut_down in [false, true] {
        let db = TestDatabase::migrated();
        for key in 0..100 {
            db.database.write(move |conn| row(conn, &format!("expired {key}"))).await.unwrap();
        }
        // Whoever writes next begins the journal anew.
        db.another_program().batch_execute("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
        fs::remove_file(format!("{}-wal", db.url)).unwrap();
        clear_expired(&db.url);
        if is_shut_down {
            drop(db.database);
        } else {
            write_soon(&db.database, "after").await;
        }
        assert!(is_whole(&db.url));
        let left: &[&str] = if is_shut_down { &[] } else { &["after"] };
        assert_eq!(keys_in(&db.url), left);
    }
}
