use std::sync::{Mutex, MutexGuard};

use rocket::Request;
use rocket::http::CookieJar;

use super::attempt::{Attempt, QueuedCookie};
use super::load::load;
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
    /// The last attempt is the current one. The others ended when Rocket dropped their cookie.
    all: Vec<Attempt>,
    /// A guard ran, whether or not it could load the session.
    was_asked: bool,
    /// The response is ready, so nothing can be changed any more.
    closed: bool,
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

    /// Prepares the state for a guard. The first call loads it. A later call begins a new attempt if Rocket has dropped the
    /// cookie of the current one, which it does when a handler or a guard fails.
    pub async fn prepare(&self, services: &Services, request: &Request<'_>) -> Result<()> {
        let jar = request.cookies();
        let first = {
            let mut attempts = self.lock();
            attempts.was_asked = true;
            attempts.all.is_empty()
        };
        if first {
            let state = load(services, request).await?;
            let mut attempts = self.lock();
            // If a guard asks for two sessions at once, the other one may have loaded it in the meantime.
            if attempts.all.is_empty() {
                attempts.begin(state, services, jar);
            }
            return Ok(());
        }
        let mut attempts = self.lock();
        let last = attempts.last();
        if !attempts.closed && last.queued != QueuedCookie::None && !last.is_pending(services, jar) {
            let state = last.state.as_loaded();
            attempts.begin(state, services, jar);
        }
        Ok(())
    }

    /// Reads the current state.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock().last().state)
    }

    /// Edits the current state and queues the cookie that its changes need.
    ///
    /// # Errors
    ///
    /// [`Error::Committed`] if the response has begun. Also what `edit` refuses.
    pub fn edit<T>(
        &self,
        services: &Services,
        jar: &CookieJar<'_>,
        edit: impl FnOnce(&mut State) -> Result<T>,
    ) -> Result<T> {
        let mut attempts = self.lock();
        if attempts.closed {
            return Err(Error::Committed);
        }
        let attempt = attempts.last_mut();
        let result = edit(&mut attempt.state)?;
        attempt.edited = true;
        attempt.queue_cookie(services, jar);
        Ok(result)
    }

    /// Ends all editing. Calls `decide` with the last attempt whose cookie Rocket has put into the response, and with that
    /// cookie. Returns `None` if no guard ran.
    ///
    /// A cookie that is still in the jar was queued by another response fairing, too late to be sent.
    pub fn close<T>(
        &self,
        services: &Services,
        jar: &CookieJar<'_>,
        decide: impl FnOnce(&State, &QueuedCookie) -> T,
    ) -> Option<T> {
        let mut attempts = self.lock();
        attempts.closed = true;
        let mut queued = attempts.all.iter().rev().filter(|attempt| attempt.queued != QueuedCookie::None);
        // Only the newest attempt can be too late. Each one before it ended because its cookie had left the jar.
        let sent = match queued.next() {
            // A flush counts even if it is too late. What was inserted after it is lost.
            Some(flushed) if flushed.edited && flushed.state.is_flushed() => {
                let is_late = flushed.is_pending(services, jar);
                if is_late && flushed.queued != QueuedCookie::Removal {
                    log_late_change();
                }
                return Some(decide(&flushed.state, if is_late { &QueuedCookie::Removal } else { &flushed.queued }));
            }
            Some(late) if late.is_pending(services, jar) || late.only_continues_a_flush() => {
                if late.edited {
                    log_late_change();
                }
                queued.next()
            }
            newest => newest,
        };
        sent.or(attempts.all.last()).map(|attempt| decide(&attempt.state, &attempt.queued))
    }

    /// After a failed commit, begins an attempt for the error page: with the session as it was loaded, or with an empty one
    /// if the session has ended.
    pub fn roll_back(&self, error: &Error) {
        let mut attempts = self.lock();
        let state = match error {
            Error::Interrupted => attempts.last().state.as_ended(),
            _ => attempts.last().state.as_loaded(),
        };
        attempts.all.push(Attempt::new(state));
    }

    /// Returns whether the response depends on the session.
    pub fn was_asked(&self) -> bool {
        self.lock().was_asked
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().expect(NO_PANIC)
    }
}

fn log_late_change() {
    rocket::error!("session: a response fairing changed the session too late for its cookie: not saved");
}

const NO_PANIC: &str = "no application code runs under this lock";

impl Attempts {
    fn begin(&mut self, state: State, services: &Services, jar: &CookieJar<'_>) {
        let mut attempt = Attempt::new(state);
        if !self.closed {
            attempt.queue_cookie(services, jar);
        }
        self.all.push(attempt);
    }

    fn last(&self) -> &Attempt {
        self.all.last().expect("a guard prepares the session before it is used")
    }

    fn last_mut(&mut self) -> &mut Attempt {
        self.all.last_mut().expect("a guard prepares the session before it is used")
    }
}
