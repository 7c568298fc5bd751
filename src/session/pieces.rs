//! What `bench/benches/pieces.rs` measures and can't reach from outside. Nobody else's: it changes without notice.

use std::sync::Arc;

use serde_json::Value;
use time::OffsetDateTime;

use super::changes::Changes;
use super::key::SessionKey;
use super::{Alive, Handle, Record, Settings, Update};

/// A new key's text, as a cookie carries it.
pub fn key() -> String {
    SessionKey::generate().as_str().to_owned()
}

/// The name under which a store knows the key that a cookie carries.
pub fn handle(cookie: &str) -> Option<Handle> {
    SessionKey::parse(cookie).map(|key| key.handle())
}

/// Which records count at `now`, by the default settings.
pub fn alive(now: OffsetDateTime) -> Alive {
    Settings::default().alive(now)
}

/// What a request at `now` that loaded `loaded` and inserted `values` asks of the store.
pub fn update(loaded: Record, values: impl IntoIterator<Item = (&'static str, Value)>, now: OffsetDateTime) -> Update {
    let mut changes = Changes::default();
    for (key, value) in values {
        changes.insert(key, value);
    }
    Update { loaded: loaded.into(), changes, new_handle: None, now, settings: Arc::new(Settings::default()) }
}
