use std::sync::Arc;

use crate::handle::Handle;
use crate::key::SessionKey;
use crate::record::Record;

/// What a request's cookie brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    /// The session that the cookie opened.
    pub session: Option<LoadedSession>,
    /// The handle of the key in the cookie, even if the key opened nothing: a flush also deletes a record that can't be
    /// read.
    pub handle: Option<Handle>,
    /// The handle of the key in the cookie, if `login` or `cycle_key` has given the session another key in the last minute.
    /// The browser may have the new one already. A cookie in the response would take it away.
    pub replaced: Option<Handle>,
    /// The cookie was encrypted with an old secret key, so it has to be sent again.
    pub has_old_key: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct LoadedSession {
    pub key: SessionKey,
    pub record: Arc<Record>,
}

impl Loaded {
    /// Returns what a cookie with this key brought, and the record that was found for it.
    pub fn new(key: SessionKey, record: Option<Record>) -> Self {
        let handle = Some(key.handle());
        let session = record.map(|record| LoadedSession { key, record: Arc::new(record) });
        Self { session, handle, replaced: None, has_old_key: false }
    }
}
