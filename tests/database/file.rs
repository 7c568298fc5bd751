use std::fs;

use diesel::connection::SimpleConnection;
use rocket_diesel_sessions::db::Error;

use crate::house::{House, another_program, row};

fn is_lost(written: Result<(), Error>, what: &str) {
    let error = written.unwrap_err();
    let Error::Transaction(shared) = &error else { panic!("{error}") };
    assert!(matches!(&**shared, Error::FileLost { what: found, .. } if found.contains(what)), "{error}");
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
    let seen =
        another_program(&house.url).batch_execute("SELECT 1 / (integrity_check = 'ok') FROM pragma_integrity_check");
    seen.unwrap();
    let files =
        fs::read_dir(house.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = files.filter(|name| name.starts_with("db.sqlite3-wal-replaced-")).count();
    assert_eq!(kept, 1, "what the old file had is not destroyed");
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
