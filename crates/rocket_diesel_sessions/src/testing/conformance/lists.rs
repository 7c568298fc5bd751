//! What operators use: owners, lists, counts and expired records. A store may not support it.

use serde_json::json;

use super::fixtures::{HOUR, NOW, alive, created, created_after, owned, session, supported};
use crate::handle::Handle;
use crate::record::Alive;
use crate::store::{Filter, Listed, Page, Store};

/// Returns a page of the owner's records that are alive, or `None` if the store does not support searches.
async fn of_owner(store: &impl Store, owner: &str, alive: Alive, page: Page) -> Option<Vec<Handle>> {
    let found = supported(store.find(&Filter::all().of_owner(owner).alive(true), alive, page).await)?;
    Some(found.sessions.into_iter().map(|listed| listed.handle).collect())
}

pub(super) async fn a_record_is_deleted_for_its_owner_alone(store: &impl Store) {
    let (handle, _) = owned(store, "ada", NOW).await;
    let Some(deleted) = supported(store.delete_owned(&handle, "bob").await) else { return };
    assert!(!deleted, "the record of somebody else is not deleted");
    assert!(store.load(&handle, alive()).await.unwrap().is_some(), "the record of somebody else is unharmed");
    assert!(store.delete_owned(&handle, "ada").await.unwrap(), "the record of the owner is deleted");
    let (nobodys, _) = created(store, json!({})).await;
    assert!(!store.delete_owned(&nobodys, "ada").await.unwrap(), "a record without an owner is not ada's");
}

pub(super) async fn the_records_of_an_owner_are_listed_and_deleted_together(store: &impl Store) {
    let (older, _) = owned(store, "ada", NOW - HOUR).await;
    let (newer, record) = owned(store, "ada", NOW).await;
    let (bobs, _) = owned(store, "bob", NOW).await;
    let (nobodys, _) = created(store, json!({})).await;
    if let Some(listed) = of_owner(store, "ada", alive(), Page::first()).await {
        assert_eq!(listed, [newer.clone(), older.clone()], "the records of an owner are listed, the newest first");
        for other in ["Ada", "ADA", "ada ", "ad\u{e4}", "ada%"] {
            owned(store, other, NOW).await;
            let listed = of_owner(store, other, alive(), Page::first()).await.unwrap();
            assert_eq!(listed.len(), 1, "{other:?} is somebody else");
        }
        // A store may refuse an owner with a NUL, as PostgreSQL does, but it must not cut the text there.
        let (handle, mut record_with_nul) = session(json!({}));
        record_with_nul.owner = Some("ada\u{0}".into());
        if store.create(&handle, &record_with_nul, None, NOW).await.is_ok() {
            let listed = of_owner(store, "ada\u{0}", alive(), Page::first()).await.unwrap();
            assert_eq!(listed, [handle], "an owner with a NUL is somebody else");
        }
        let one = Page::first().with_size(1);
        for (page, expected) in
            [(one, vec![newer.clone()]), (one.next(), vec![older.clone()]), (one.next().next(), vec![])]
        {
            assert_eq!(
                of_owner(store, "ada", alive(), page).await.unwrap(),
                expected,
                "a page has its size, and the next one follows"
            );
        }
        for (expired, problem) in [(Alive::at(record.expire_date), "expired"), (created_after(NOW), "too old")] {
            let listed = of_owner(store, "ada", expired, Page::first()).await.unwrap();
            assert_eq!(listed, [], "a record is listed that is {problem}");
        }
    }
    let except = [newer.clone(), bobs.clone()];
    let Some(deleted) = supported(store.delete_of_owner("ada", &except, 9).await) else { return };
    assert_eq!(deleted, 1, "all but the exceptions are deleted");
    assert_eq!(store.delete_of_owner("ada", &[], 9).await.unwrap(), 1, "all are deleted");
    for _ in 0..3 {
        owned(store, "ada", NOW).await;
    }
    for expected in [2, 1, 0] {
        let deleted = store.delete_of_owner("ada", &[], 2).await.unwrap();
        assert_eq!(deleted, expected, "the records of an owner are deleted in batches");
    }
    for handle in [&bobs, &nobodys] {
        assert!(store.load(handle, alive()).await.unwrap().is_some(), "the records of others are unharmed");
    }
}

pub(super) async fn the_oldest_records_of_an_owner_are_deleted(store: &impl Store) {
    let mut handles = Vec::new();
    for age in [3, 2, 1, 0, 0] {
        handles.push(owned(store, "ada", NOW - age * HOUR).await.0);
    }
    owned(store, "bob", NOW - HOUR).await;
    let Some(deleted) = supported(store.delete_oldest("ada", NOW, 3, alive()).await) else { return };
    assert_eq!(deleted, 2, "all but the newest three are deleted");
    for (at, handle) in handles.iter().enumerate() {
        let is_there = store.load(handle, alive()).await.unwrap().is_some();
        assert_eq!(is_there, at >= 2, "the oldest are deleted");
    }
    assert_eq!(
        store.delete_oldest("ada", NOW, 1, alive()).await.unwrap(),
        1,
        "logins of one second don't end each other"
    );
    for handle in &handles[3..] {
        assert!(store.load(handle, alive()).await.unwrap().is_some(), "the record of a login is not deleted");
    }
}

pub(super) async fn all_records_are_listed_in_pages(store: &impl Store) {
    let (adas, _) = owned(store, "ada", NOW - HOUR).await;
    let (nobodys, record) = created(store, json!({})).await;
    let all = Filter::all();
    let Some(listed) = supported(store.find(&all, alive(), Page::first()).await) else { return };
    assert_eq!(listed.sessions[0], Listed::new(nobodys.clone(), record), "a record is listed as it was created");
    let one = Page::first().with_size(1);
    for (page, expected) in [(one, vec![nobodys]), (one.next(), vec![adas]), (Page::number(usize::MAX), vec![])] {
        let listed = store.find(&all, alive(), page).await.unwrap().sessions;
        let listed: Vec<_> = listed.into_iter().map(|listed| listed.handle).collect();
        assert_eq!(listed, expected, "a page has its size, the next one follows, and one behind the last is empty");
    }
}

pub(super) async fn records_that_are_alive_are_counted(store: &impl Store) {
    let (_, record) = created(store, json!({})).await;
    created(store, json!({})).await;
    let living = Filter::all().alive(true);
    let Some(count) = supported(store.count(&living, alive()).await) else { return };
    assert_eq!(count, 2, "all records that are alive are counted");
    let expired = Alive::at(record.expire_date);
    assert_eq!(store.count(&living, expired).await.unwrap(), 0, "an expired record is not counted");
    let too_old = store.count(&living, created_after(NOW)).await.unwrap();
    assert_eq!(too_old, 0, "a record beyond its absolute age is not counted");
}

pub(super) async fn expired_records_are_deleted_in_batches(store: &impl Store) {
    for _ in 0..5 {
        let (handle, mut record) = session(json!({}));
        record.expire_date = NOW;
        store.create(&handle, &record, None, NOW).await.unwrap();
    }
    let (living, _) = created(store, json!({})).await;
    let first = store.clear_expired(alive(), 2).await.unwrap();
    if first == 0 {
        return; // the records of this store expire by themselves
    }
    assert_eq!(first, 2, "a batch has its size");
    for expected in [2, 1, 0] {
        assert_eq!(store.clear_expired(alive(), 2).await.unwrap(), expected, "expired records are deleted in batches");
    }
    assert!(store.load(&living, alive()).await.unwrap().is_some(), "a record that is alive is not deleted");
}
