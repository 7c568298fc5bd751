//! Between the application's types and JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::record::Record;

#[track_caller]
pub(super) fn encode<T: Serialize>(value: T) -> Result<Value> {
    match serde_json::to_value(value) {
        Ok(value) if Record::can_hold(&value) => Ok(value),
        _ => Err(Error::value::<T>()),
    }
}

#[track_caller]
pub(super) fn decode<T: DeserializeOwned>(value: Option<Value>) -> Result<Option<T>> {
    match value.map(serde_json::from_value) {
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Error::value::<T>()), // serde's message may quote the value
        None => Ok(None),
    }
}
