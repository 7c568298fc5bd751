use std::sync::Arc;

use crate::session::key::SessionKey;
use crate::session::{Handle, Record};

/// What a request's cookie brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visit {
    /// The session that it opened.
    pub loaded: Option<Loaded>,
    /// The key that it carried, whether or not it opened anything: a flush ends also what could not be read.
    pub claimed: Option<Handle>,
    /// Whether it came under an old secret key, and has to go out again.
    pub resend: bool,
}

impl Visit {
    /// With a key, and the living record that is under it.
    pub fn of(key: SessionKey, record: Option<Record>) -> Self {
        let claimed = Some(key.handle());
        Self { loaded: record.map(|record| Loaded { key, record: Arc::new(record) }), claimed, resend: false }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub key: SessionKey,
    pub record: Arc<Record>,
}
