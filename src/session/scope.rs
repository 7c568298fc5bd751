//! The session of one request, in its request-local cache: one state, whoever asks for it and how often.

use std::sync::{Mutex, MutexGuard};

use rocket::Request;
use rocket::http::CookieJar;

use super::attempt::{Attempt, Queued};
use super::state::State;
use super::{Error, Result, Sessions};

#[derive(Default)]
pub(crate) struct Scope {
    request: Mutex<Attempts>,
    failure: Mutex<Option<Error>>,
    load_failure: Mutex<Option<Error>>,
}

/// What a request tried, one after the other: its handler, and where that failed, the catcher.
#[derive(Default)]
struct Attempts {
    /// The last one is the one that goes on; the others were set aside when their cookie was gone from the jar.
    all: Vec<Attempt>,
    /// A guard ran, whether or not it could load.
    asked: bool,
    /// The response is decided: nothing can be changed any more.
    closed: bool,
}

impl Scope {
    pub fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    pub fn fail(&self, error: Error) {
        *self.failure.lock().expect(NO_PANIC) = Some(error);
    }

    pub fn failure(&self) -> Option<Error> {
        self.failure.lock().expect(NO_PANIC).clone()
    }

    /// Why the session could not be loaded.
    pub fn load_failure(&self) -> Option<Error> {
        self.load_failure.lock().expect(NO_PANIC).clone()
    }

    pub fn keep_load_failure(&self, error: Error) {
        *self.load_failure.lock().expect(NO_PANIC) = Some(error);
    }

    /// Makes the request's state ready for a guard: loads it at the first time, and sets an attempt aside whose cookie
    /// Rocket dropped, which it does when a handler or a guard fails.
    pub async fn open(&self, sessions: &Sessions, request: &Request<'_>) -> Result<()> {
        let jar = request.cookies();
        let first = {
            let mut attempts = self.lock();
            attempts.asked = true;
            attempts.all.is_empty()
        };
        if first {
            let state = sessions.load(request).await?;
            let mut attempts = self.lock();
            // Another guard of this request may have loaded it meanwhile, where a guard asks for two at once.
            if attempts.all.is_empty() {
                attempts.begin(state, sessions, jar);
            }
            return Ok(());
        }
        let mut attempts = self.lock();
        let last = attempts.last();
        if !attempts.closed && last.queued != Queued::Nothing && !last.is_pending(sessions, jar) {
            let state = last.state.as_loaded();
            attempts.begin(state, sessions, jar);
        }
        Ok(())
    }

    /// Looks at the state that goes on.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock().last().state)
    }

    /// Edits the state that goes on, and queues the cookie that its changes now need.
    ///
    /// # Errors
    ///
    /// [`Error::Committed`] when the response has begun; what `edit` refuses.
    pub fn edit<T>(
        &self,
        sessions: &Sessions,
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
        attempt.queue(sessions, jar);
        Ok(result)
    }

    /// Ends all editing, and hands `decide` the last attempt whose cookie Rocket has taken from the jar, beside that
    /// cookie's kind. `None` where no guard ran.
    ///
    /// A cookie that is still in the jar now was queued by another fairing on the response, too late to be sent.
    pub fn close<T>(
        &self,
        sessions: &Sessions,
        jar: &CookieJar<'_>,
        decide: impl FnOnce(&State, &Queued) -> T,
    ) -> Option<T> {
        let mut attempts = self.lock();
        attempts.closed = true;
        let mut queued = attempts.all.iter().rev().filter(|attempt| attempt.queued != Queued::Nothing);
        // Only the newest can be late: each one before it was set aside because its cookie had left the jar.
        let sent = match queued.next() {
            // Who asked to be signed out, however late, is signed out. What was inserted after that is too late.
            Some(flushed) if flushed.edited && flushed.state.is_flushed() => {
                let is_late = flushed.is_pending(sessions, jar);
                if is_late && flushed.queued != Queued::Removal {
                    report_late_change();
                }
                return Some(decide(&flushed.state, if is_late { &Queued::Removal } else { &flushed.queued }));
            }
            Some(late) if late.is_pending(sessions, jar) || late.only_inherits_a_flush() => {
                if late.edited {
                    report_late_change();
                }
                queued.next()
            }
            newest => newest,
        };
        sent.or(attempts.all.last()).map(|attempt| decide(&attempt.state, &attempt.queued))
    }

    /// After a commit that failed, its error page sees the session as it was loaded; none, where it has ended.
    pub fn roll_back(&self, error: &Error) {
        let mut attempts = self.lock();
        let state = match error {
            Error::Interrupted => attempts.last().state.as_ended(),
            _ => attempts.last().state.as_loaded(),
        };
        attempts.all.push(Attempt::new(state));
    }

    /// Whether the response depends on the session.
    pub fn was_asked(&self) -> bool {
        self.lock().asked
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        self.request.lock().expect(NO_PANIC)
    }
}

fn report_late_change() {
    rocket::error!("session: a response fairing changed the session after its cookie was due: not saved");
}

const NO_PANIC: &str = "no application code runs under this lock";

impl Attempts {
    fn begin(&mut self, state: State, sessions: &Sessions, jar: &CookieJar<'_>) {
        let mut attempt = Attempt::new(state);
        if !self.closed {
            attempt.queue(sessions, jar);
        }
        self.all.push(attempt);
    }

    fn last(&self) -> &Attempt {
        self.all.last().expect("a guard opens the scope before it is used")
    }

    fn last_mut(&mut self) -> &mut Attempt {
        self.all.last_mut().expect("a guard opens the scope before it is used")
    }
}
