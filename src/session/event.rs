//! What becomes of sessions, for the log and for the operator's counters.

use metrics::counter;

use super::Handle;

/// One thing that became of a session: a line in the log, and one more on a counter whose meaning stands on the crate's
/// front page. An application that installs no recorder pays next to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    Created(&'a Handle),
    Renewed(&'a Handle),
    Ended(&'a Handle),
    /// So many of an owner's at once.
    Revoked(usize),
    Expired(usize),
    Interrupted(&'a Handle),
    Refused,
}

impl Event<'_> {
    pub fn report(self) {
        match self {
            Self::Created(handle) => {
                counter!("sessions_created_total").increment(1);
                rocket::info!("session {}: created", handle.short());
            }
            Self::Renewed(handle) => {
                counter!("sessions_renewed_total").increment(1);
                rocket::debug!("session {}: renewed", handle.short());
            }
            Self::Ended(handle) => {
                counter!("sessions_ended_total").increment(1);
                rocket::info!("session {}: ended", handle.short());
            }
            Self::Revoked(count) => {
                counter!("sessions_ended_total").increment(count as u64);
                rocket::info!("sessions: {count} revoked");
            }
            Self::Expired(count) => {
                counter!("sessions_expired_total").increment(count as u64);
                rocket::info!("sessions: {count} expired");
            }
            Self::Interrupted(handle) => {
                counter!("sessions_interrupted_total").increment(1);
                rocket::warn!("session {}: interrupted, it had ended before the request did", handle.short());
            }
            Self::Refused => {
                counter!("sessions_refused_total").increment(1);
                rocket::info!("session: a cookie opened nothing");
            }
        }
    }
}
