/// Why [`Settings::extract`](crate::Settings::extract) or [`extract_table`](crate::extract_table) refused: which setting,
/// where it is, and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSetting(String);

impl InvalidSetting {
    /// Refuses a setting. `reason` names it with its table, and says what is allowed.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
