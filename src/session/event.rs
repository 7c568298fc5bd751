//! What becomes of sessions: for the log, for the operator's counters, and for who wants to be told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use metrics::counter;
use rocket::Request;

use super::{Handle, Sessions};

/// One thing that became of a session. It has happened when it is told: the store has it.
///
/// [`SessionFairing::on_event`](super::SessionFairing::on_event) tells it to an application. The log and the counters,
/// whose meaning stands on the crate's front page, have it anyway.
///
/// ```
/// use rocket_diesel_sessions::Event;
///
/// fn line(event: &Event<'_>) -> Option<String> {
///     match event {
///         Event::Created(handle) => Some(format!("{} is new", handle.short())),
///         Event::Renamed { from, to } => Some(format!("{} is {} from now on", from.short(), to.short())),
///         Event::Ended(handle) => Some(format!("{} is over", handle.short())),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A first change: the session has a record now.
    Created(&'a Handle),
    /// The cookie of a request opened it. Neither in the log nor counted.
    Loaded(&'a Handle),
    /// Its record has a request's changes. Neither in the log nor counted.
    Saved(&'a Handle),
    /// It was renewed by activity alone, without a change.
    Renewed(&'a Handle),
    /// Its record has a request's changes, and is under a new key: [`cycle_key`](crate::Session::cycle_key), or a
    /// [`login`](crate::Session::login). Neither in the log nor counted.
    Renamed {
        /// What it was called before. This name opens nothing any more.
        from: &'a Handle,
        /// What it is called now.
        to: &'a Handle,
    },
    /// It was flushed, logged out, revoked, or given up for another owner's.
    Ended(&'a Handle),
    /// So many of an owner's were ended at once.
    Revoked(usize),
    /// So many expired records were cleared.
    Expired(usize),
    /// A request was refused, because the session had ended before it did.
    Interrupted(&'a Handle),
    /// A cookie opened nothing. The session that it would have opened, where it carried a key.
    Refused(Option<&'a Handle>),
}

impl<'a> Event<'a> {
    /// The session that it is about, by the name that it has now; `None` for an event of many sessions, or of none.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Event, Handle};
    ///
    /// let (old, new) = (Handle::parse(&"0a".repeat(32)).unwrap(), Handle::parse(&"0b".repeat(32)).unwrap());
    /// assert_eq!(Event::Renamed { from: &old, to: &new }.handle(), Some(&new));
    /// assert_eq!(Event::Expired(3).handle(), None);
    /// ```
    pub fn handle(&self) -> Option<&'a Handle> {
        match *self {
            Self::Created(handle)
            | Self::Loaded(handle)
            | Self::Saved(handle)
            | Self::Renewed(handle)
            | Self::Renamed { to: handle, .. }
            | Self::Ended(handle)
            | Self::Interrupted(handle) => Some(handle),
            Self::Refused(handle) => handle,
            Self::Revoked(_) | Self::Expired(_) => None,
        }
    }

    /// A line in the log, and one more on a counter. An application that installs no recorder pays next to nothing.
    fn report(self) {
        match self {
            Self::Loaded(_) | Self::Saved(_) | Self::Renamed { .. } => {}
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
            Self::Refused(_) => {
                counter!("sessions_refused_total").increment(1);
                rocket::info!("session: a cookie opened nothing");
            }
        }
    }
}

/// Who wants to be told.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<Observer>>);

type Observer = dyn Fn(&Event<'_>, Option<&Request<'_>>) + Send + Sync;

impl Observers {
    pub fn add(&mut self, observer: impl Fn(&Event<'_>, Option<&Request<'_>>) + Send + Sync + 'static) {
        self.0.push(Arc::new(observer));
    }
}

impl Sessions {
    /// Reports the event, and tells the observers. One that panics must not take the answer from a request whose
    /// changes are committed.
    pub(super) fn tell(&self, event: Event<'_>, request: Option<&Request<'_>>) {
        event.report();
        for observer in &self.observers.0 {
            if catch_unwind(AssertUnwindSafe(|| observer(&event, request))).is_err() {
                rocket::error!("sessions: an observer of events panicked, and missed one");
            }
        }
    }
}
