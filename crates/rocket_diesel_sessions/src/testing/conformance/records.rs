//! Single records: created, loaded and deleted.

use serde_json::json;

use super::fixtures::{HOUR, NOW, SECOND, alive, created, created_after, handle, session};
use crate::expiry::Expiry;
use crate::record::Alive;
use crate::store::Store;

pub(super) async fn a_record_is_loaded_as_it_was_created(store: &impl Store) {
    for expiry in [Expiry::Default, Expiry::BrowserClose, Expiry::After(HOUR), Expiry::At(NOW + HOUR)] {
        let (handle, mut record) =
            session(json!({"text": "é\u{0}\u{1F980}", "number": 0.1, "list": [null, {"a": []}]}));
        record.owner = Some("ada".into());
        record.expiry = expiry;
        store.create(&handle, &record, None, NOW).await.unwrap();
        let loaded = store.load(&handle, alive()).await.unwrap();
        assert_eq!(loaded, Some(record), "a record is loaded as it was created");
    }
    assert_eq!(store.load(&handle(), alive()).await.unwrap(), None, "an unknown handle is None");
}

pub(super) async fn a_record_that_has_expired_is_not_loaded(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    let is_alive = async |alive| store.load(&handle, alive).await.unwrap().is_some();
    assert!(is_alive(Alive::at(record.expire_date - SECOND)).await, "a record is alive until its expire date");
    assert!(!is_alive(Alive::at(record.expire_date)).await, "a record is not alive at its expire date");
    assert!(is_alive(created_after(NOW - SECOND)).await, "a record is alive until its absolute age");
    assert!(!is_alive(created_after(NOW)).await, "a record is not alive at its absolute age");
}

pub(super) async fn a_create_deletes_the_record_that_it_replaces(store: &impl Store) {
    let (old, _) = created(store, json!({})).await;
    let (new, record) = session(json!({}));
    store.create(&new, &record, Some(&old), NOW).await.unwrap();
    assert_eq!(store.load(&old, alive()).await.unwrap(), None, "a create deletes the record that it replaces");
    assert_eq!(store.load(&new, alive()).await.unwrap(), Some(record));
}

pub(super) async fn a_deleted_record_is_gone(store: &impl Store) {
    let (handle, _) = created(store, json!({})).await;
    assert_eq!(store.delete(&handle, NOW).await.unwrap(), Some(handle.clone()), "a record is deleted");
    assert_eq!(store.load(&handle, alive()).await.unwrap(), None, "a deleted record is not loaded");
    assert_eq!(store.delete(&handle, NOW).await.unwrap(), None, "a deleted record is not there");
    let (handle, mut record) = session(json!({}));
    record.expire_date = NOW - HOUR;
    store.create(&handle, &record, None, NOW).await.unwrap();
    assert!(store.delete(&handle, NOW).await.unwrap().is_some(), "an expired record is deleted like any other");
}
