//! Every store of this library passes the conformance suite.

use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::testing::check_store;
use rocket_diesel_sessions::{DieselStore, MIGRATIONS, MemoryStore};

#[rocket::async_test]
async fn the_memory_store_passes_the_conformance_suite() {
    check_store(async || MemoryStore::default()).await;
}

#[rocket::async_test]
async fn the_diesel_store_passes_the_conformance_suite() {
    let folder = tempfile::tempdir().unwrap();
    let files = std::sync::atomic::AtomicUsize::new(0);
    check_store(async || {
        let name = format!("{}.sqlite3", files.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let database = Database::connect(&Config::new(folder.path().join(name).to_str().unwrap())).unwrap();
        database.migrate(&MIGRATIONS).unwrap();
        DieselStore::new(database)
    })
    .await;
}
