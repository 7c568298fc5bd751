use std::future::pending;
use std::time::Duration;

use rocket::response::stream::{Event, EventStream};
use rocket::tokio::sync::broadcast::error::RecvError;
use rocket::tokio::time::sleep;
use rocket::tokio::{pin, select};
use rocket::{Shutdown, State, get};
use rocket_diesel_sessions::Session;

use super::history::History;
use super::never_cached::NeverCached;
use super::request_info::CurrentVisitor;

/// The stream of a visitor without a session ends after this time. When the browser connects again, it may have a cookie.
const WITHOUT_SESSION: Duration = Duration::from_secs(2);

/// The browser waits this long before it connects again.
const RETRY: Duration = Duration::from_millis(100);

/// Streams one event after each request of this visitor. The event says only that something happened: the page asks
/// `/inspect` for the rest. The stream ends when the visitor gets another cookie and when the session ends, because only a new
/// request brings the cookie that the browser has then.
#[get("/inspect/events")]
pub fn events(
    session: Session<'_>,
    visitor: &CurrentVisitor,
    history: &State<History>,
    mut shutdown: Shutdown,
) -> NeverCached<EventStream![]> {
    let mut requests = visitor.get().and_then(|handle| history.follow(&handle));
    let time_left = match (session.handle(), &requests) {
        (Some(_), Some(_)) => session.expiry_age(),
        _ => WITHOUT_SESSION,
    };
    NeverCached::new(EventStream! {
        yield Event::retry(RETRY);
        let end = sleep(time_left);
        pin!(end);
        loop {
            let request = async {
                match &mut requests {
                    Some(requests) => requests.recv().await,
                    None => pending().await,
                }
            };
            select! {
                request = request => if request == Err(RecvError::Closed) { break },
                () = &mut end => break,
                () = &mut shutdown => break,
            }
            yield Event::data("changed");
        }
    })
}
