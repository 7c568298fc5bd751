use serde::Serialize;

use crate::handle::Handle;
use crate::record::Record;

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// The public name of the session, for [`Sessions::revoke`](crate::Sessions::revoke).
    pub handle: Handle,
    /// What the store has.
    pub record: Record,
}
