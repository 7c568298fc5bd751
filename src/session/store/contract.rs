//! What every store has to do, as a function that a test calls.

use std::sync::Arc;
use std::time::Duration;

use rocket::futures::future::join_all;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::{Store, Touch, Update};
use crate::session::changes::Changes;
use crate::session::key::SessionKey;
use crate::session::record::{Alive, Record};
use crate::session::{Error, Expiry, Handle, Settings};

const NOW: OffsetDateTime = datetime!(2026-01-01 12:00:00 UTC);
const HOUR: Duration = Duration::from_secs(3600);

/// Checks the whole contract of [`Store`], each claim on a store that `make` has made anew and that is empty.
///
/// ```
/// use rocket_diesel_sessions::MemoryStore;
/// use rocket_diesel_sessions::store::contract;
///
/// # rocket::async_test(
/// contract::check(async || MemoryStore::default())
/// # );
/// ```
///
/// # Panics
///
/// At the first claim that does not hold, with its name.
pub async fn check<S: Store>(make: impl AsyncFn() -> S) {
    a_record_is_loaded_as_it_was_created(&make().await).await;
    a_record_that_has_expired_is_not_loaded(&make().await).await;
    a_create_deletes_what_it_takes_the_place_of(&make().await).await;
    an_update_applies_the_changes(&make().await).await;
    an_update_of_a_newer_record_keeps_both_changes(&make().await).await;
    an_update_never_brings_a_record_back(&make().await).await;
    an_update_that_is_refused_writes_nothing(&make().await).await;
    an_update_moves_a_record_under_its_new_handle(&make().await).await;
    parallel_updates_lose_nothing(&make().await).await;
    a_touch_moves_the_expire_date_alone_and_once(&make().await).await;
    a_delete_is_for_the_owner_alone_where_one_is_named(&make().await).await;
    an_owners_records_are_listed_and_deleted_together(&make().await).await;
    expired_records_are_cleared_in_batches(&make().await).await;
}

async fn a_record_is_loaded_as_it_was_created(store: &impl Store) {
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

async fn a_record_that_has_expired_is_not_loaded(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    let at = |now| Alive { now, created_after: None };
    let lives = async |alive| store.load(&handle, alive).await.unwrap().is_some();
    assert!(lives(at(record.expire_date - Duration::from_secs(1))).await, "a record lives until its expire date");
    assert!(!lives(at(record.expire_date)).await, "a record does not live at its expire date");
    let younger_than = |created_after| Alive { now: NOW, created_after: Some(created_after) };
    assert!(lives(younger_than(NOW - Duration::from_secs(1))).await, "a record lives for its absolute age");
    assert!(!lives(younger_than(NOW)).await, "a record does not live beyond its absolute age");
    assert_eq!(store.count(at(record.expire_date)).await.unwrap(), 0, "what has expired is not counted");
}

async fn a_create_deletes_what_it_takes_the_place_of(store: &impl Store) {
    let (old, _) = created(store, json!({})).await;
    let (new, record) = session(json!({}));
    store.create(&new, &record, Some(&old)).await.unwrap();
    assert_eq!(store.load(&old, alive()).await.unwrap(), None, "a create deletes what it takes the place of");
    assert_eq!(store.load(&new, alive()).await.unwrap(), Some(record));
}

async fn an_update_applies_the_changes(store: &impl Store) {
    let (handle, record) = created(store, json!({"name": "Bipasha", "old": 1})).await;
    let mut changes = inserting("lname", "Codedec");
    changes.remove("old");
    changes.set_expiry(Expiry::After(HOUR));
    changes.login("ada", NOW);
    store.update(&handle, &update(&record, changes)).await.unwrap();
    let loaded = store.load(&handle, alive()).await.unwrap().expect("an updated record lives");
    assert_eq!(Value::Object(loaded.data), json!({"name": "Bipasha", "lname": "Codedec"}));
    assert_eq!((loaded.version, loaded.owner.as_deref()), (record.version + 1, Some("ada")));
    assert_eq!((loaded.expire_date, loaded.expiry), (NOW + HOUR, Expiry::After(HOUR)));

    let mut cleared = Changes::default();
    cleared.clear();
    store.update(&handle, &update(&record, cleared)).await.unwrap();
    let loaded = store.load(&handle, alive()).await.unwrap().expect("a cleared record lives");
    assert_eq!((loaded.data.len(), loaded.expiry), (0, Expiry::Default), "a clear drops data and expiry");
}

async fn an_update_of_a_newer_record_keeps_both_changes(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    store.update(&handle, &update(&record, inserting("theirs", "1"))).await.unwrap();
    store.update(&handle, &update(&record, inserting("mine", "2"))).await.unwrap();
    let loaded = store.load(&handle, alive()).await.unwrap().expect("the record lives");
    assert_eq!(Value::Object(loaded.data), json!({"theirs": "1", "mine": "2"}), "an update keeps newer changes");
    assert_eq!(loaded.version, record.version + 2);
}

async fn an_update_never_brings_a_record_back(store: &impl Store) {
    let (gone, record) = created(store, json!({})).await;
    store.delete(&gone, None).await.unwrap();
    let mut renamed = update(&record, Changes::default());
    renamed.new_handle = Some(handle());
    let mut late = update(&record, inserting("late", "1"));
    for update in [&late, &renamed] {
        let result = store.update(&gone, update).await;
        assert!(matches!(result, Err(Error::Interrupted)), "an update of a deleted record is interrupted: {result:?}");
    }
    let (expired, record) = created(store, json!({})).await;
    late.now = record.expire_date;
    let result = store.update(&expired, &late).await;
    assert!(matches!(result, Err(Error::Interrupted)), "an update of an expired record is interrupted: {result:?}");
    assert_eq!(store.load(&expired, alive()).await.unwrap(), Some(record), "and writes nothing");
    assert_eq!(store.count(alive()).await.unwrap(), 1, "no record came back");
}

async fn an_update_that_is_refused_writes_nothing(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    let half = "x".repeat(Settings::default().max_size / 2);
    store.update(&handle, &update(&record, inserting("theirs", &half))).await.unwrap();
    let before = store.load(&handle, alive()).await.unwrap();
    let result = store.update(&handle, &update(&record, inserting("mine", &half))).await;
    assert!(matches!(result, Err(Error::TooLarge { .. })), "two halves are too large together: {result:?}");
    assert_eq!(store.load(&handle, alive()).await.unwrap(), before, "a refused update writes nothing");
}

async fn an_update_moves_a_record_under_its_new_handle(store: &impl Store) {
    let (old, record) = created(store, json!({"name": "Bipasha"})).await;
    let mut renamed = update(&record, Changes::default());
    let new = handle();
    renamed.new_handle = Some(new.clone());
    store.update(&old, &renamed).await.unwrap();
    assert_eq!(store.load(&old, alive()).await.unwrap(), None, "the old handle opens nothing");
    let loaded = store.load(&new, alive()).await.unwrap().expect("the new handle opens the record");
    assert_eq!(loaded.data, record.data);
    let result = store.update(&old, &update(&record, inserting("late", "1"))).await;
    assert!(matches!(result, Err(Error::Interrupted)), "the old handle is interrupted: {result:?}");
}

async fn parallel_updates_lose_nothing(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    let updates: Vec<Update> = (0..64).map(|n| update(&record, inserting(&format!("key{n}"), "1"))).collect();
    for result in join_all(updates.iter().map(|update| store.update(&handle, update))).await {
        result.unwrap();
    }
    let loaded = store.load(&handle, alive()).await.unwrap().expect("the record lives");
    assert_eq!((loaded.data.len(), loaded.version), (64, record.version + 64), "parallel updates lose nothing");
}

async fn a_touch_moves_the_expire_date_alone_and_once(store: &impl Store) {
    let (handle, record) = created(store, json!({"name": "Bipasha"})).await;
    let touch = Touch { alive: alive(), from: record.expire_date, to: record.expire_date + HOUR };
    assert!(store.touch(&handle, touch).await.unwrap(), "the first touch renews");
    assert!(!store.touch(&handle, touch).await.unwrap(), "the second finds it renewed");
    let expected = Record { expire_date: touch.to, ..record };
    assert_eq!(store.load(&handle, alive()).await.unwrap(), Some(expected), "a touch moves the expire date alone");
    let late = Touch { alive: Alive { now: touch.to, created_after: None }, from: touch.to, to: touch.to + HOUR };
    assert!(!store.touch(&handle, late).await.unwrap(), "a touch never brings a record back");
    store.delete(&handle, None).await.unwrap();
    assert!(!store.touch(&handle, touch).await.unwrap(), "a touch of nothing is false");
}

async fn a_delete_is_for_the_owner_alone_where_one_is_named(store: &impl Store) {
    let (handle, _) = owned(store, "ada", NOW).await;
    assert!(!store.delete(&handle, Some("bob")).await.unwrap(), "another's record is not deleted");
    assert!(store.load(&handle, alive()).await.unwrap().is_some(), "another's record is unharmed");
    assert!(store.delete(&handle, Some("ada")).await.unwrap(), "an owner's record is deleted");
    assert!(!store.delete(&handle, None).await.unwrap(), "a deleted record is not there");
    let (nobodys, _) = created(store, json!({})).await;
    assert!(!store.delete(&nobodys, Some("ada")).await.unwrap(), "nobody's record is not ada's");
}

async fn an_owners_records_are_listed_and_deleted_together(store: &impl Store) {
    let (older, _) = owned(store, "ada", NOW - HOUR).await;
    let (newer, record) = owned(store, "ada", NOW).await;
    let (bobs, _) = owned(store, "bob", NOW).await;
    let (nobodys, _) = created(store, json!({})).await;
    let listed = store.of_owner("ada", alive()).await.unwrap();
    let handles: Vec<&Handle> = listed.iter().map(|(handle, _)| handle).collect();
    assert_eq!(handles, [&newer, &older], "an owner's records are listed, the newest first");
    assert_eq!(listed[0].1, record);
    let later = Alive { now: record.expire_date, created_after: None };
    assert_eq!(store.of_owner("ada", later).await.unwrap(), [], "what has expired is not listed");
    let except = [newer.clone(), bobs.clone()];
    assert_eq!(store.delete_of_owner("ada", &except).await.unwrap(), 1, "all but the excepted are deleted");
    assert_eq!(store.delete_of_owner("ada", &[]).await.unwrap(), 1, "all are deleted");
    for handle in [&bobs, &nobodys] {
        assert!(store.load(handle, alive()).await.unwrap().is_some(), "others' records are unharmed");
    }
}

async fn expired_records_are_cleared_in_batches(store: &impl Store) {
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

fn alive() -> Alive {
    Alive { now: NOW, created_after: None }
}

fn handle() -> Handle {
    SessionKey::generate().handle()
}

fn session(data: Value) -> (Handle, Record) {
    let mut record = Record::new(NOW);
    record.data = serde_json::from_value(data).expect("an object");
    record.expire_date = NOW + HOUR;
    record.version = 1;
    (handle(), record)
}

async fn created(store: &impl Store, data: Value) -> (Handle, Record) {
    let (handle, record) = session(data);
    store.create(&handle, &record, None).await.unwrap();
    (handle, record)
}

async fn owned(store: &impl Store, owner: &str, created_at: OffsetDateTime) -> (Handle, Record) {
    let (handle, mut record) = session(json!({}));
    (record.owner, record.created_at) = (Some(owner.to_owned()), created_at);
    store.create(&handle, &record, None).await.unwrap();
    (handle, record)
}

fn inserting(key: &str, value: &str) -> Changes {
    let mut changes = Changes::default();
    changes.insert(key, value.into());
    changes
}

fn update(loaded: &Record, changes: Changes) -> Update {
    Update { loaded: loaded.clone(), changes, new_handle: None, now: NOW, settings: Arc::default() }
}
