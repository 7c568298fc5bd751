//! What every store has to do, as a function that a test calls.

mod records;
mod updates;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::{Store, Update};
use crate::session::Handle;
use crate::session::changes::Changes;
use crate::session::key::SessionKey;
use crate::session::record::{Alive, Record};

const NOW: OffsetDateTime = datetime!(2026-01-01 12:00:00 UTC);
const SECOND: Duration = Duration::from_secs(1);
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
    records::a_record_is_loaded_as_it_was_created(&make().await).await;
    records::a_record_that_has_expired_is_not_loaded(&make().await).await;
    records::a_create_deletes_what_it_takes_the_place_of(&make().await).await;
    updates::an_update_applies_the_changes(&make().await).await;
    updates::an_update_of_a_newer_record_keeps_both_changes(&make().await).await;
    updates::an_update_never_brings_a_record_back(&make().await).await;
    updates::an_update_that_is_refused_writes_nothing(&make().await).await;
    updates::an_update_moves_a_record_under_its_new_handle(&make().await).await;
    updates::parallel_updates_lose_nothing(make().await).await;
    updates::a_delete_among_parallel_updates_is_final(&make).await;
    updates::a_touch_moves_the_expire_date_alone_and_once(&make().await).await;
    records::a_delete_is_for_the_owner_alone_where_one_is_named(&make().await).await;
    records::an_owners_records_are_listed_and_deleted_together(&make().await).await;
    records::expired_records_are_cleared_in_batches(&make().await).await;
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
    Update { loaded: loaded.clone().into(), changes, new_handle: None, now: NOW, settings: Arc::default() }
}

/// Which records count where there is an `absolute_age`.
fn created_after(instant: OffsetDateTime) -> Alive {
    Alive { now: NOW, created_after: Some(instant) }
}
