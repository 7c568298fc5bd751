use serde::{Deserialize, Serialize};

use super::sample::Sample;

/// A sample, together with what was measured. It is one line in the file of raw figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    pub command: String,
    /// The name of what was measured, if several were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contestant: Option<String>,
    pub round: u32,
    /// The name of the request kind. Its name in the file is older than the field's.
    #[serde(rename = "cell")]
    pub kind: String,
    pub connections: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    #[serde(flatten)]
    pub sample: Sample,
}
