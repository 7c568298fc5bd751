//! What happens if somebody removes the WAL while the database is open.

use std::fs;

use diesel::connection::SimpleConnection;
use rocket_diesel_sessions::db::{Config, Database};

use crate::test_database::{
    TestDatabase, assert_file_lost, clear_expired_in_another_process, insert_row, is_intact, keys_in,
};

#[rocket::async_test]
async fn every_write_is_refused_after_the_wal_was_removed_from_then_on() {
    let db = TestDatabase::migrated();
    db.database.write(|conn| insert_row(conn, "before")).await.unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    for _ in 0..2 {
        assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "separated from its WAL");
    }
}

#[rocket::async_test]
async fn two_servers_both_refuse_writes_after_the_wal_was_removed() {
    let db = TestDatabase::migrated();
    let second = Database::connect(&Config::new(&db.url)).unwrap();
    for key in 0..300 {
        db.database.write(move |conn| insert_row(conn, &format!("first {key}"))).await.unwrap();
    }
    second.write(|conn| insert_row(conn, "second")).await.unwrap();
    fs::remove_file(format!("{}-wal", db.url)).unwrap();
    assert_file_lost(db.database.write(|conn| insert_row(conn, "lost")).await, "separated from its WAL");
    assert!(second.write(|conn| insert_row(conn, "lost too")).await.is_err());
    for database in [&db.database, &second] {
        assert!(database.write(|conn| insert_row(conn, "lost again")).await.is_err());
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
        if !is_shut_down {
            assert!(db.database.write(|conn| insert_row(conn, "lost")).await.is_err());
        }
        drop(db.database);
        assert!(is_intact(&db.url));
        assert!(keys_in(&db.url).is_empty());
    }
}
