//! One contract for every store.

use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::store::contract;
use rocket_diesel_sessions::{DieselStore, MemoryStore};

#[rocket::async_test]
async fn the_memory_store_keeps_the_contract() {
    contract::check(async || MemoryStore::default()).await;
}

#[rocket::async_test]
async fn the_diesel_store_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let files = std::sync::atomic::AtomicUsize::new(0);
    contract::check(async || {
        let name = format!("{}.sqlite3", files.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let database = Database::connect(&Config::new(folder.path().join(name).to_str().unwrap())).unwrap();
        database.migrate().unwrap();
        DieselStore::new(database)
    })
    .await;
}
