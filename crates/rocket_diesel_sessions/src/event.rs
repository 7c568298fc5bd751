use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use metrics::counter;
use rocket::Request;

use crate::handle::Handle;

/// Something that happened to a session. The store has it when the event is reported.
///
/// [`SessionFairing::on_event`](crate::SessionFairing::on_event) reports events to an application. Independently of that,
/// the log and the counters get them. The crate's front page lists the counters.
///
/// ```
/// use rocket_diesel_sessions::Event;
///
/// fn line(event: &Event<'_>) -> Option<String> {
///     match event {
///         Event::Created(handle) => Some(format!("{} is new", handle.short())),
///         Event::KeyCycled { from, to } => Some(format!("{} is now {}", from.short(), to.short())),
///         Event::Ended(handle) => Some(format!("{} has ended", handle.short())),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request changed its session for the first time, so the session has a record now.
    Created(&'a Handle),
    /// The cookie of a request opened the session. Not logged and not counted.
    Loaded(&'a Handle),
    /// The record has the changes of a request. Not logged and not counted.
    Saved(&'a Handle),
    /// The expire date was moved, because the visitor was active. Nothing else changed.
    Renewed(&'a Handle),
    /// The record has the changes of a request and a new key, by [`cycle_key`](crate::Session::cycle_key) or
    /// [`login`](crate::Session::login). Not logged and not counted.
    KeyCycled {
        /// The handle before. It opens nothing any more.
        from: &'a Handle,
        /// The handle from now on.
        to: &'a Handle,
    },
    /// The session was flushed, logged out or revoked, or another owner signed in over it.
    Ended(&'a Handle),
    /// This many sessions of an owner were ended at once.
    Revoked(usize),
    /// This many expired records were deleted.
    Expired(usize),
    /// A request was refused, because its session had ended before it.
    Interrupted(&'a Handle),
    /// A cookie opened nothing. If the cookie contained a key, this is its handle.
    Refused(Option<&'a Handle>),
}

impl<'a> Event<'a> {
    /// Returns the session that the event is about, by the handle that it has now. `None` for an event that is about
    /// many sessions or none.
    pub fn handle(&self) -> Option<&'a Handle> {
        match *self {
            Self::Created(handle)
            | Self::Loaded(handle)
            | Self::Saved(handle)
            | Self::Renewed(handle)
            | Self::KeyCycled { to: handle, .. }
            | Self::Ended(handle)
            | Self::Interrupted(handle) => Some(handle),
            Self::Refused(handle) => handle,
            Self::Revoked(_) | Self::Expired(_) => None,
        }
    }

    /// Writes a line into the log and increments a counter.
    fn log_and_count(self) {
        match self {
            Self::Loaded(_) | Self::Saved(_) | Self::KeyCycled { .. } => {}
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

/// The functions of the application that are called for each event.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<Observer>>);

type Observer = dyn Fn(&Event<'_>, Option<&Request<'_>>) + Send + Sync;

impl Observers {
    pub fn add(&mut self, observer: impl Fn(&Event<'_>, Option<&Request<'_>>) + Send + Sync + 'static) {
        self.0.push(Arc::new(observer));
    }

    /// Logs and counts the event, and calls the observers. The panic of an observer is caught: the changes of the request
    /// are committed, so it must get its answer.
    pub fn report(&self, event: Event<'_>, request: Option<&Request<'_>>) {
        event.log_and_count();
        for observer in &self.0 {
            if catch_unwind(AssertUnwindSafe(|| observer(&event, request))).is_err() {
                rocket::error!("sessions: an observer of events panicked, and missed one");
            }
        }
    }
}
