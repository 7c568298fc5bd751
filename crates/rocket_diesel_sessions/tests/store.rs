//! Every store of this library passes the conformance suite.

use std::sync::Mutex;

use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::testing::{check_store, new_database};
use rocket_diesel_sessions::{Columns, DieselStore, Handle, MIGRATIONS, MemoryStore, Record, Store};
use time::{Duration, OffsetDateTime};

#[rocket::async_test]
async fn the_memory_store_passes_the_conformance_suite() {
    check_store(async || MemoryStore::default()).await;
}

#[rocket::async_test]
async fn the_diesel_store_passes_the_conformance_suite() {
    let folders = Mutex::new(Vec::new());
    check_store(async || {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::connect(&Config::new(&new_database(folder.path()))).unwrap();
        folders.lock().unwrap().push(folder); // until the end
        database.migrate(&MIGRATIONS).unwrap();
        DieselStore::new(database)
    })
    .await;
}

#[rocket::async_test]
async fn the_memory_store_refuses_records_beyond_its_limit() {
    let store = MemoryStore::with_limit(2);
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let columns = Columns {
        session_data: "{}",
        expire_date: now + Duration::HOUR,
        created_at: now,
        version: 1,
        owner: None,
        expiry: None,
    };
    let record = Record::from_columns(columns).unwrap();
    let handle = |digit: &str| digit.repeat(64).parse::<Handle>().unwrap();
    store.create(&handle("1"), &record, None, now).await.unwrap();
    store.create(&handle("2"), &record, None, now).await.unwrap();
    let error = store.create(&handle("3"), &record, None, now).await.unwrap_err();
    assert_eq!(error.status(), rocket::http::Status::ServiceUnavailable);
    store
        .create(&handle("3"), &record, Some(&handle("2")), now)
        .await
        .expect("a record takes the place of another one");
    store.delete(&handle("1"), now).await.unwrap();
    store.create(&handle("4"), &record, None, now).await.expect("there is room again");
}
