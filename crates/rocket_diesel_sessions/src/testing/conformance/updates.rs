//! Updates and touches: nothing is lost, and no record comes back.

use std::sync::Arc;
use std::thread;

use rocket::futures::future::join_all;
use rocket::tokio::runtime;
use rocket::tokio::sync::oneshot;
use serde_json::{Value, json};

use super::fixtures::{HOUR, NOW, SECOND, alive, created, created_after, handle, inserting, session, update};
use crate::error::Error;
use crate::expiry::Expiry;
use crate::handle::Handle;
use crate::record::{Alive, Record};
use crate::settings::Settings;
use crate::store::{Changes, Store, Touch, Update};

pub(super) async fn an_update_applies_the_changes(store: &impl Store) {
    let (handle, record) = created(store, json!({"name": "Bipasha", "old": 1})).await;
    let mut changes = inserting("lname", "Codedec");
    changes.remove("old", true);
    changes.set_expiry(Expiry::After(HOUR), true);
    changes.login("ada", NOW);
    let returned = store.update(&handle, &update(&record, changes)).await.unwrap();
    let loaded = store.load(&handle, alive()).await.unwrap().expect("an updated record lives");
    assert_eq!(returned, loaded, "an update returns what it saved");
    assert_eq!(Value::Object(loaded.data), json!({"name": "Bipasha", "lname": "Codedec"}));
    assert_eq!((loaded.version, loaded.owner.as_deref()), (record.version + 1, Some("ada")));
    assert_eq!((loaded.expire_date, loaded.expiry), (NOW + HOUR, Expiry::After(HOUR)));

    let mut cleared = Changes::default();
    cleared.clear();
    store.update(&handle, &update(&record, cleared)).await.unwrap();
    let loaded = store.load(&handle, alive()).await.unwrap().expect("a cleared record lives");
    assert_eq!((loaded.data.len(), loaded.expiry), (0, Expiry::Default), "a clear drops data and expiry");
}

pub(super) async fn an_update_of_a_newer_record_keeps_both_changes(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    store.update(&handle, &update(&record, inserting("theirs", "1"))).await.unwrap();
    let returned = store.update(&handle, &update(&record, inserting("mine", "2"))).await.unwrap();
    let loaded = store.load(&handle, alive()).await.unwrap().expect("the record lives");
    assert_eq!(returned, loaded, "an update returns what it saved, another's changes included");
    assert_eq!(Value::Object(loaded.data), json!({"theirs": "1", "mine": "2"}), "an update keeps newer changes");
    assert_eq!(loaded.version, record.version + 2);
}

pub(super) async fn an_update_never_brings_a_record_back(store: &impl Store) {
    let (gone, record) = created(store, json!({})).await;
    store.delete(&gone, NOW).await.unwrap();
    let mut moved = update(&record, Changes::default());
    moved.new_handle = Some(handle());
    let mut late = update(&record, inserting("late", "1"));
    for update in [&late, &moved] {
        let result = store.update(&gone, update).await;
        assert!(matches!(result, Err(Error::Interrupted)), "an update of a deleted record is interrupted: {result:?}");
    }
    let (expired, record) = created(store, json!({})).await;
    late.now = record.expire_date;
    let result = store.update(&expired, &late).await;
    assert!(matches!(result, Err(Error::Interrupted)), "an update of an expired record is interrupted: {result:?}");
    assert_eq!(store.load(&expired, alive()).await.unwrap(), Some(record.clone()), "and writes nothing");
    assert_eq!(store.load(&gone, alive()).await.unwrap(), None, "no record came back");
    let settings = Settings { absolute_age: Some(HOUR), ..Settings::default() };
    (late.now, late.settings) = (record.created_at + HOUR, Arc::new(settings));
    let result = store.update(&expired, &late).await;
    assert!(matches!(result, Err(Error::Interrupted)), "beyond its absolute age too: {result:?}");
}

pub(super) async fn an_update_that_is_refused_writes_nothing(store: &impl Store) {
    let (handle, record) = created(store, json!({})).await;
    let half = "x".repeat(Settings::default().max_size / 2);
    store.update(&handle, &update(&record, inserting("theirs", &half))).await.unwrap();
    let before = store.load(&handle, alive()).await.unwrap();
    let result = store.update(&handle, &update(&record, inserting("mine", &half))).await;
    assert!(matches!(result, Err(Error::TooLarge { .. })), "two halves are too large together: {result:?}");
    assert_eq!(store.load(&handle, alive()).await.unwrap(), before, "a refused update writes nothing");
}

pub(super) async fn an_update_moves_a_record_to_its_new_handle(store: &impl Store) {
    let (old, record) = created(store, json!({"name": "Bipasha"})).await;
    let mut moved = update(&record, Changes::default());
    let new = handle();
    moved.new_handle = Some(new.clone());
    store.update(&old, &moved).await.unwrap();
    assert_eq!(store.load(&old, alive()).await.unwrap(), None, "the old handle opens nothing");
    let loaded = store.load(&new, alive()).await.unwrap().expect("the new handle opens the record");
    assert_eq!(loaded.data, record.data);
    let result = store.update(&old, &update(&record, inserting("late", "1"))).await;
    assert!(matches!(result, Err(Error::Interrupted)), "the old handle is interrupted: {result:?}");
}

/// Moves a record to a new handle, and returns that.
async fn moved(store: &impl Store, old: &Handle, record: &Record) -> Handle {
    let new = handle();
    let update = Update { new_handle: Some(new.clone()), ..update(record, Changes::default()) };
    store.update(old, &update).await.unwrap();
    new
}

/// A store need not support this.
pub(super) async fn a_replaced_handle_is_known_for_a_minute(store: &impl Store) {
    let (old, record) = created(store, json!({})).await;
    assert!(!store.is_replaced(&old, NOW).await.unwrap(), "a handle that is in use is not replaced");
    let new = moved(store, &old, &record).await;
    if !store.is_replaced(&old, NOW).await.unwrap() {
        return;
    }
    assert!(!store.is_replaced(&new, NOW).await.unwrap(), "the new handle is not replaced");
    let minute = 60 * SECOND;
    assert!(store.is_replaced(&old, NOW + minute - SECOND).await.unwrap(), "a replaced handle is known for a minute");
    assert!(!store.is_replaced(&old, NOW + minute).await.unwrap(), "and not longer");
    let (by_login, record) = session(json!({}));
    store.create(&by_login, &record, Some(&new), NOW).await.unwrap();
    assert!(store.is_replaced(&new, NOW).await.unwrap(), "a create replaces a handle too");
    assert!(store.is_replaced(&old, NOW).await.unwrap(), "and the one before it is still known");
}

pub(super) async fn a_delete_follows_a_session_to_its_newest_handle(store: &impl Store) {
    let (first, record) = created(store, json!({})).await;
    let second = moved(store, &first, &record).await;
    if !store.is_replaced(&first, NOW).await.unwrap() {
        return;
    }
    let record = store.load(&second, alive()).await.unwrap().expect("the record lives");
    let third = moved(store, &second, &record).await;
    let later = NOW + 60 * SECOND;
    assert_eq!(store.delete(&first, later).await.unwrap(), None, "after a minute, nothing leads to the new handle");
    assert_eq!(
        store.delete(&first, NOW).await.unwrap().as_ref(),
        Some(&third),
        "a delete follows a session to its newest handle"
    );
    assert_eq!(store.load(&third, alive()).await.unwrap(), None, "the session is gone");
    assert_eq!(store.delete(&first, NOW).await.unwrap(), None, "and is deleted once");
}

pub(super) async fn parallel_updates_lose_nothing(store: impl Store) {
    let store = Arc::new(store);
    let (handle, record) = created(&*store, json!({})).await;
    let updates = (0..64).map(|n| {
        let (store, handle) = (store.clone(), handle.clone());
        let update = update(&record, inserting(&format!("key{n}"), "1"));
        in_parallel(async move { store.update(&handle, &update).await })
    });
    for result in join_all(updates).await {
        result.unwrap();
    }
    let loaded = store.load(&handle, alive()).await.unwrap().expect("the record lives");
    assert_eq!((loaded.data.len(), loaded.version), (64, record.version + 64), "parallel updates lose nothing");
}

pub(super) async fn a_delete_among_parallel_updates_is_final<S: Store>(make: &impl AsyncFn() -> S) {
    let store = Arc::new(make().await);
    for _ in 0..8 {
        let (handle, record) = created(&*store, json!({})).await;
        let updates = (0..8).map(|n| {
            let (store, handle) = (store.clone(), handle.clone());
            let update = update(&record, inserting(&format!("key{n}"), "1"));
            in_parallel(async move { drop(store.update(&handle, &update).await) })
        });
        let delete = {
            let (store, handle) = (store.clone(), handle.clone());
            in_parallel(async move { store.delete(&handle, NOW).await.map(drop).unwrap() })
        };
        rocket::tokio::join!(join_all(updates), delete);
        assert_eq!(store.load(&handle, alive()).await.unwrap(), None, "no update brings a deleted record back");
    }
}

/// Runs the work on a thread of its own. A store that never waits would otherwise be called one after the other. The threads are
/// not those of the runtime: a store may need them.
async fn in_parallel<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = runtime::Handle::current();
    let (sender, result) = oneshot::channel();
    thread::spawn(move || sender.send(runtime.block_on(work)));
    result.await.expect("the work does not panic")
}

pub(super) async fn a_touch_moves_the_expire_date_alone_and_once(store: &impl Store) {
    let (handle, record) = created(store, json!({"name": "Bipasha"})).await;
    let version = record.version;
    let touch = Touch { alive: alive(), version, from: record.expire_date, to: record.expire_date + HOUR };
    assert!(store.touch(&handle, touch).await.unwrap(), "the first touch renews");
    assert!(!store.touch(&handle, touch).await.unwrap(), "the second finds it renewed");
    let expected = Record { expire_date: touch.to, ..record };
    assert_eq!(store.load(&handle, alive()).await.unwrap(), Some(expected), "a touch moves the expire date alone");
    let late = Touch { alive: Alive::at(touch.to), version, from: touch.to, to: touch.to + HOUR };
    assert!(!store.touch(&handle, late).await.unwrap(), "a touch never brings a record back");
    let too_old = Touch { alive: created_after(NOW), version, from: touch.to, to: touch.to + HOUR };
    assert!(!store.touch(&handle, too_old).await.unwrap(), "nor one beyond its absolute age");
    let saved = Touch { alive: alive(), version: version - 1, from: touch.to, to: touch.to + HOUR };
    assert!(!store.touch(&handle, saved).await.unwrap(), "a touch undoes no save, even one that ends at the same date");
    store.delete(&handle, NOW).await.unwrap();
    assert!(!store.touch(&handle, touch).await.unwrap(), "a touch of nothing is false");
}
