use std::sync::{Mutex, MutexGuard};

use rocket::Request;
use rocket::http::CookieJar;
use time::OffsetDateTime;

use super::decide::Commit;
use super::load::load;
use super::marker::Marker;
use super::services::Services;
use super::state::State;
use crate::error::{Error, Result};

/// The session of one request, in its request-local cache. All guards of the request share it.
#[derive(Default)]
pub(crate) struct RequestSession {
    attempts: Mutex<Attempts>,
    /// Why the session could not be loaded.
    load_error: Mutex<Option<Error>>,
}

/// The attempts of a request, one after the other: that of its handler, and, if the handler failed, that of the catcher.
#[derive(Default)]
struct Attempts {
    /// The last attempt is the current one. The others ended when Rocket dropped or sent their marker.
    all: Vec<Attempt>,
    /// A guard ran, whether or not it could load the session.
    was_asked: bool,
    /// The response is ready, so nothing can be changed any more.
    closed: bool,
}

struct Attempt {
    state: State,
    /// `None` as long as the attempt has changed nothing.
    marker: Option<Marker>,
}

impl RequestSession {
    pub fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    /// Returns why the session could not be loaded.
    pub fn load_error(&self) -> Option<Error> {
        self.load_error.lock().expect(NO_PANIC).clone()
    }

    pub fn set_load_error(&self, error: Error) {
        *self.load_error.lock().expect(NO_PANIC) = Some(error);
    }

    /// Loads the session at the first call.
    pub async fn prepare(&self, services: &Services, request: &Request<'_>) -> Result<()> {
        let is_first = {
            let mut attempts = self.lock();
            attempts.was_asked = true;
            attempts.all.is_empty()
        };
        if is_first {
            let state = load(services, request).await?;
            let mut attempts = self.lock();
            // If a guard asks for two sessions at once, the other one may have loaded it in the meantime.
            if attempts.all.is_empty() {
                attempts.begin(state, request.cookies());
            }
        }
        Ok(())
    }

    /// Reads the current state.
    pub fn read<T>(&self, jar: &CookieJar<'_>, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock().current(jar).state)
    }

    /// Edits the current state, and queues a marker if there is something to commit.
    ///
    /// # Errors
    ///
    /// [`Error::Committed`] if the response has begun. Also what `edit` refuses.
    pub fn edit<T>(&self, jar: &CookieJar<'_>, edit: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut attempts = self.lock();
        if attempts.closed {
            return Err(Error::Committed);
        }
        let attempt = attempts.current(jar);
        let result = edit(&mut attempt.state)?;
        attempt.queue_marker(jar);
        Ok(result)
    }

    /// Ends all editing and decides what to commit. `marker` is the marker in the response, if the request succeeded.
    /// Returns `None` if the session could not be loaded.
    pub fn close(&self, jar: &CookieJar<'_>, marker: Option<&str>, now: OffsetDateTime) -> Option<Commit> {
        let mut attempts = self.lock();
        attempts.closed = true;
        let newest = attempts.all.iter().rev().find(|attempt| attempt.marker.is_some());
        let sent = attempts.all.iter().find(|attempt| attempt.has_marker(marker));
        if newest.is_some_and(|attempt| attempt.is_pending(jar) && attempt.state.handle().is_some()) {
            rocket::error!("session: a response fairing changed the session too late for its cookie: not saved");
        }
        Some(match (newest, sent) {
            // A person who asked to be signed out is signed out, whatever becomes of the response.
            (Some(newest), _) if newest.state.flushed_here && !newest.has_marker(marker) => {
                newest.state.decide_after_failure()
            }
            (_, Some(sent)) => sent.state.decide(now),
            (_, None) => attempts.all.last()?.state.decide_after_failure(),
        })
    }

    /// After a failed commit, begins an attempt for the error page: with the session as it was loaded, or with an empty one
    /// if the session has ended.
    pub fn roll_back(&self, error: &Error) {
        let mut attempts = self.lock();
        let Some(last) = attempts.all.last() else { return };
        let state = match error {
            Error::Interrupted => last.state.as_ended(),
            _ => last.state.as_loaded(),
        };
        attempts.all.push(Attempt { state, marker: None });
    }

    /// Returns whether the response depends on the session.
    pub fn was_asked(&self) -> bool {
        self.lock().was_asked
    }

    /// Returns whether somebody is signed in to the session, or was before the request.
    pub fn has_owner(&self) -> bool {
        self.lock().all.iter().any(|attempt| attempt.state.has_owner())
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().expect(NO_PANIC)
    }
}

const NO_PANIC: &str = "no application code runs under this lock";

impl Attempts {
    fn begin(&mut self, state: State, jar: &CookieJar<'_>) {
        let mut attempt = Attempt { state, marker: None };
        if !self.closed && !attempt.state.is_flushed() {
            attempt.queue_marker(jar);
        }
        self.all.push(attempt);
    }

    /// Returns the current attempt. It is a new one if Rocket has dropped the marker of the last one, which it does when a
    /// handler or a guard fails.
    fn current(&mut self, jar: &CookieJar<'_>) -> &mut Attempt {
        let last = self.all.last().expect("a guard prepares the session before it is used");
        if !self.closed && last.marker.is_some() && !last.is_pending(jar) {
            let state = last.state.as_loaded();
            self.begin(state, jar);
        }
        self.all.last_mut().expect("there is one")
    }
}

impl Attempt {
    /// Returns whether the response carries the marker of this attempt.
    fn has_marker(&self, sent: Option<&str>) -> bool {
        self.marker.as_ref().zip(sent).is_some_and(|(marker, sent)| marker.is(sent))
    }

    /// Returns whether the marker of this attempt is in Rocket's jar.
    fn is_pending(&self, jar: &CookieJar<'_>) -> bool {
        self.marker.as_ref().is_some_and(|marker| marker.is_in(jar))
    }

    fn queue_marker(&mut self, jar: &CookieJar<'_>) {
        if self.marker.is_none() && self.state.needs_commit() {
            self.marker = Some(Marker::queue(jar));
        }
    }
}
