//! Records on their own: kept, found, listed and cleared.

use serde_json::json;

use super::{HOUR, NOW, SECOND, alive, created, created_after, handle, owned, session};
use crate::session::record::Alive;
use crate::session::store::Store;
use crate::session::{Expiry, Handle};

pub(super) async fn a_record_is_loaded_as_it_was_created(store: &impl Store) {
    for expiry in [Expiry::Default, Expiry::BrowserClose, Expiry::After(HOUR), Expiry::At(NOW + HOUR)] {
        let (handle, mut record) =
            session(json!({"text": "é\u{0}\u{1F980}", "number": 0.1, "list": [null, {"a": []}]}));
        record.owner = Some("ada".into());
        record.expiry = expiry;
        store.create(&handle, &record, None).await.unwrap();
        let loaded = store.load(&handle, alive()).await.unwrap();
        assert_eq!(loaded, Some(record), "a record is loaded as it was created");
    }
    assert_eq!(store.load(&handle(), alive()).await.unwrap(), None, "an unknown handle is None");
    assert_eq!(store.count(alive()).await.unwrap(), 4, "all that live are counted");
}

pub(super) async fn a_record_that_has_expired_is_not_loaded(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    let at = |now| Alive { now, created_after: None };
    let lives = async |alive| store.load(&handle, alive).await.unwrap().is_some();
    assert!(lives(at(record.expire_date - SECOND)).await, "a record lives until its expire date");
    assert!(!lives(at(record.expire_date)).await, "a record does not live at its expire date");
    assert!(lives(created_after(NOW - SECOND)).await, "a record lives for its absolute age");
    assert!(!lives(created_after(NOW)).await, "a record does not live beyond its absolute age");
    assert_eq!(store.count(at(record.expire_date)).await.unwrap(), 0, "what has expired is not counted");
    assert_eq!(store.count(created_after(NOW)).await.unwrap(), 0, "nor what is beyond its absolute age");
}

pub(super) async fn a_create_deletes_what_it_takes_the_place_of(store: &impl Store) {
    let (old, _) = created(store, json!({})).await;
    let (new, record) = session(json!({}));
    store.create(&new, &record, Some(&old)).await.unwrap();
    assert_eq!(store.load(&old, alive()).await.unwrap(), None, "a create deletes what it takes the place of");
    assert_eq!(store.load(&new, alive()).await.unwrap(), Some(record));
}

pub(super) async fn a_delete_is_for_the_owner_alone_where_one_is_named(store: &impl Store) {
    let (handle, _) = owned(store, "ada", NOW).await;
    assert!(!store.delete(&handle, Some("bob")).await.unwrap(), "another's record is not deleted");
    assert!(store.load(&handle, alive()).await.unwrap().is_some(), "another's record is unharmed");
    assert!(store.delete(&handle, Some("ada")).await.unwrap(), "an owner's record is deleted");
    assert!(!store.delete(&handle, None).await.unwrap(), "a deleted record is not there");
    let (nobodys, _) = created(store, json!({})).await;
    assert!(!store.delete(&nobodys, Some("ada")).await.unwrap(), "nobody's record is not ada's");
    let (handle, mut record) = session(json!({}));
    record.expire_date = NOW - HOUR;
    store.create(&handle, &record, None).await.unwrap();
    assert!(store.delete(&handle, None).await.unwrap(), "an expired record is deleted like any other");
}

pub(super) async fn an_owners_records_are_listed_and_deleted_together(store: &impl Store) {
    let (older, _) = owned(store, "ada", NOW - HOUR).await;
    let (newer, record) = owned(store, "ada", NOW).await;
    let (bobs, _) = owned(store, "bob", NOW).await;
    for other in ["Ada", "ADA", "ada ", "ad\u{e4}", "ada\u{0}", "ada%"] {
        owned(store, other, NOW).await;
        assert_eq!(store.of_owner(other, alive()).await.unwrap().len(), 1, "{other:?} is somebody else");
    }
    let (nobodys, _) = created(store, json!({})).await;
    let listed = store.of_owner("ada", alive()).await.unwrap();
    let handles: Vec<&Handle> = listed.iter().map(|(handle, _)| handle).collect();
    assert_eq!(handles, [&newer, &older], "an owner's records are listed, the newest first");
    assert_eq!(listed[0].1, record);
    let later = Alive { now: record.expire_date, created_after: None };
    assert_eq!(store.of_owner("ada", later).await.unwrap(), [], "what has expired is not listed");
    assert_eq!(store.of_owner("ada", created_after(NOW)).await.unwrap(), [], "nor what is beyond its absolute age");
    let except = [newer.clone(), bobs.clone()];
    assert_eq!(store.delete_of_owner("ada", &except).await.unwrap(), 1, "all but the excepted are deleted");
    assert_eq!(store.delete_of_owner("ada", &[]).await.unwrap(), 1, "all are deleted");
    for handle in [&bobs, &nobodys] {
        assert!(store.load(handle, alive()).await.unwrap().is_some(), "others' records are unharmed");
    }
}

pub(super) async fn expired_records_are_cleared_in_batches(store: &impl Store) {
    for _ in 0..5 {
        let (handle, mut record) = session(json!({}));
        record.expire_date = NOW;
        store.create(&handle, &record, None).await.unwrap();
    }
    let (living, _) = created(store, json!({})).await;
    for expected in [2, 2, 1, 0] {
        assert_eq!(store.clear_expired(alive(), 2).await.unwrap(), expected, "expired records are cleared in batches");
    }
    assert!(store.load(&living, alive()).await.unwrap().is_some(), "a living record is not cleared");
    let too_old = Alive { now: NOW, created_after: Some(NOW) };
    assert_eq!(store.clear_expired(too_old, 2).await.unwrap(), 1, "beyond the absolute age it is");
}
