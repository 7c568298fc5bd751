use std::time::Duration;

use rocket::async_trait;
use time::OffsetDateTime;

/// Where the time comes from. The default is the system's clock. Tests bring a clock that they can move.
///
/// ```
/// use rocket_diesel_sessions::{Clock, Session};
/// use time::OffsetDateTime;
/// use time::macros::datetime;
///
/// struct Stopped;
///
/// impl Clock for Stopped {
///     fn now(&self) -> OffsetDateTime {
///         datetime!(2026-01-01 00:00:00 UTC)
///     }
/// }
///
/// let fairing = Session::fairing().clock(Stopped);
/// ```
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> OffsetDateTime;

    /// Returns after this time has passed. The sweeper waits with it.
    async fn sleep(&self, duration: Duration) {
        rocket::tokio::time::sleep(duration).await;
    }
}

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
