//! What becomes of sessions, for the log and for the operator's counters.

use metrics::counter;

use super::Handle;

/// One thing that became of a session. Each is a line in the log, with the first eight digits of the handle at the most,
/// and one more on a counter of the [`metrics`] facade. An application that installs no recorder pays next to nothing.
///
/// | counter | counts |
/// |---|---|
/// | `sessions_created_total` | sessions that got a row |
/// | `sessions_renewed_total` | renewals by activity alone, without a change |
/// | `sessions_ended_total` | sessions that were flushed, logged out or revoked |
/// | `sessions_expired_total` | expired rows that were cleared |
/// | `sessions_interrupted_total` | requests refused because their session had ended meanwhile: 400 |
/// | `sessions_refused_total` | cookies that opened nothing: tampered with, expired, revoked or unreadable |
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
