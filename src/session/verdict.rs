use rocket::{Request, Response};
use time::OffsetDateTime;

use super::attempt::Queued;
use super::scope::Scope;
use super::state::Commit;
use super::transfer::Sent;
use super::{Result, Sessions, cookie, reply};

/// What becomes of a request's changes, decided when its response is ready.
pub(crate) struct Verdict {
    /// An error, where no browser would take the cookie.
    commit: Result<Commit>,
    /// Whether a cookie was queued: one of its name in the response is the session's then, and somebody else's if not.
    queued: bool,
    /// The instant from which the session's end is counted.
    at: OffsetDateTime,
}

impl Verdict {
    /// Decides: what the request asks for, where its cookie is in a response below 500; otherwise nothing but a flush.
    /// `None` where nobody asked for the session.
    pub fn of(request: &Request<'_>, response: &Response<'_>, sessions: &Sessions) -> Option<Self> {
        let name = &sessions.settings().cookie_name;
        let at = sessions.clock.now();
        Scope::of(request).close(sessions, request.cookies(), |state, queued| {
            let stands = response.status().code < 500 && reply::carries(response, name, queued);
            let commit = if stands { state.outcome(at) } else { state.outcome_of_failure() };
            let queued = *queued != Queued::Nothing;
            let fits = if queued { reply::check_size(response, name) } else { Ok(()) };
            Self { commit: fits.map(|()| commit), queued, at }
        })
    }

    pub async fn carry_out(&self, request: &Request<'_>, sessions: &Sessions) -> Result<Sent> {
        match &self.commit {
            Ok(commit) => sessions.commit(commit, request).await,
            Err(refused) => Err(refused.clone()),
        }
    }

    /// Has the response say what was committed.
    pub fn say(&self, sent: Sent, request: &Request<'_>, response: &mut Response<'_>, sessions: &Sessions) {
        let settings = sessions.settings();
        let name = &settings.cookie_name;
        match sent {
            Sent::AsQueued => {}
            Sent::Until(age) => reply::set_lifetime(response, name, age, self.at),
            Sent::Removal if request.cookies().get(name).is_some() => {
                reply::remove_cookie(response, &cookie::removal(settings));
            }
            Sent::Nothing | Sent::Removal if self.queued => reply::take_out(response, name),
            Sent::Nothing | Sent::Removal => {}
        }
    }
}
