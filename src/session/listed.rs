use super::Record;

/// One of an owner's sessions.
///
/// ```
/// use rocket_diesel_sessions::Listed;
///
/// fn line(session: &Listed) -> String {
///     format!("{} until {}", &session.handle[..8], session.record.expire_date)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// Its public name, for [`Sessions::revoke`](super::Sessions::revoke).
    pub handle: String,
    /// What the store holds.
    pub record: Record,
}
