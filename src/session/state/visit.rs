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

#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub key: SessionKey,
    pub record: Arc<Record>,
}
