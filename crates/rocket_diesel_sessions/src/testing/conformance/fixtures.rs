//! Records and changes for the checks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::key::SessionKey;
use crate::record::{Alive, Record};
use crate::store::{Changes, Store, Update};

pub(super) const NOW: OffsetDateTime = datetime!(2026-01-01 12:00:00 UTC);
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn alive() -> Alive {
    Alive::at(NOW)
}

/// Returns the answer of a method, or `None` if the store does not support the method.
pub(super) fn supported<T>(answer: Result<T>) -> Option<T> {
    match answer {
        Err(Error::Unsupported) => None,
        answer => Some(answer.unwrap()),
    }
}

pub(super) fn handle() -> Handle {
    SessionKey::generate().handle()
}

pub(super) fn session(data: Value) -> (Handle, Record) {
    let mut record = Record::new(NOW);
    record.data = serde_json::from_value(data).expect("an object");
    record.expire_date = NOW + HOUR;
    record.version = 1;
    (handle(), record)
}

pub(super) async fn created(store: &impl Store, data: Value) -> (Handle, Record) {
    let (handle, record) = session(data);
    store.create(&handle, &record, None, NOW).await.unwrap();
    (handle, record)
}

pub(super) async fn owned(store: &impl Store, owner: &str, created_at: OffsetDateTime) -> (Handle, Record) {
    let (handle, mut record) = session(json!({}));
    (record.owner, record.created_at) = (Some(owner.to_owned()), created_at);
    store.create(&handle, &record, None, NOW).await.unwrap();
    (handle, record)
}

pub(super) fn inserting(key: &str, value: &str) -> Changes {
    let mut changes = Changes::default();
    changes.insert(key, value.into());
    changes
}

pub(super) fn update(loaded: &Record, changes: Changes) -> Update {
    Update { loaded: loaded.clone().into(), changes, new_handle: None, now: NOW, settings: Arc::default() }
}

/// Returns the condition with an `absolute_age`.
pub(super) fn created_after(instant: OffsetDateTime) -> Alive {
    Alive { now: NOW, created_after: Some(instant) }
}
