use std::fmt::Debug;

use super::request_kind::RequestKind;
use super::sample::Sample;
use crate::error::Result;

/// What can be measured: something that answers requests of each kind.
pub trait Measured: Debug {
    /// Returns the name by which its figures are told apart from those of others in the same run, if there are others.
    fn name(&self) -> Option<&str> {
        None
    }

    /// Sends requests of one kind, and measures them and the server.
    fn measure(&self, kind: RequestKind, seconds: u32, connections: u32) -> Result<Sample>;
}
