//! Commits a request's session when its response is ready, and makes the response say so.

use rocket::{Request, Response};
use time::OffsetDateTime;

use super::attempt::QueuedCookie;
use super::commit::SentCookie;
use super::decide::Commit;
use super::error_response;
use super::request_session::RequestSession;
use super::services::Services;
use super::state::State;
use crate::cookie::{self, set_cookie};
use crate::error::{Error, Result};
use crate::settings::{Engine, Settings};

/// Commits the session of the request and completes the response.
pub(crate) async fn answer<'r>(services: &Services, request: &'r Request<'_>, response: &mut Response<'r>) {
    if let Some(decision) = Decision::new(services, request, response) {
        match decision.commit(services, request).await {
            Ok(sent) => decision.set_cookie(sent, &services.settings, request, response),
            Err(error) => refuse(&error, services, request, response).await,
        }
    }
    if RequestSession::of(request).was_asked() {
        cookie::vary_by_cookie(response);
        if set_cookie::has(response, &services.settings.cookie_name) {
            cookie::forbid_storing(response);
        }
    }
}

/// What becomes of a request's changes.
struct Decision {
    /// An error if the cookie is too large for browsers.
    commit: Result<Commit>,
    /// Whether a cookie was queued. If not, a cookie of the session's name in the response is somebody else's.
    has_queued: bool,
    /// The instant from which the expiry of the session is counted.
    now: OffsetDateTime,
}

impl Decision {
    /// Decides. If the status is below 500 and the response has the session's cookie, the changes are committed. Otherwise
    /// only a flush is. Returns `None` if nobody asked for the session.
    fn new(services: &Services, request: &Request<'_>, response: &Response<'_>) -> Option<Self> {
        let name = &services.settings.cookie_name;
        let now = services.clock.now();
        RequestSession::of(request).close(services, request.cookies(), |state, queued| {
            let is_sent = match queued {
                QueuedCookie::None => false,
                QueuedCookie::Key(cookie) => set_cookie::sets(response, cookie),
                QueuedCookie::Removal => set_cookie::removes(response, name),
            };
            let succeeded = response.status().code < 500 && is_sent;
            let commit = if succeeded { state.decide(now) } else { state.decide_after_failure() };
            let has_queued = *queued != QueuedCookie::None;
            let fits = if has_queued { set_cookie::check_size(response, name) } else { Ok(()) };
            Self { commit: fits.map(|()| commit), has_queued, now }
        })
    }

    async fn commit(&self, services: &Services, request: &Request<'_>) -> Result<SentCookie> {
        match &self.commit {
            Ok(commit) => services.commit(commit, request).await,
            Err(refused) => Err(refused.clone()),
        }
    }

    /// Makes the cookie in the response say what was committed.
    fn set_cookie(&self, sent: SentCookie, settings: &Settings, request: &Request<'_>, response: &mut Response<'_>) {
        let name = &settings.cookie_name;
        match sent {
            SentCookie::AsQueued => {}
            SentCookie::WithMaxAge(age) => set_cookie::set_max_age(response, name, age, self.now),
            SentCookie::Removal if cookie::is_sent(request, settings) => {
                set_cookie::replace_by_removal(response, &cookie::removal_cookie(settings));
            }
            SentCookie::None | SentCookie::Removal if self.has_queued => set_cookie::remove_header(response, name),
            SentCookie::None | SentCookie::Removal => {}
        }
    }
}

/// Replaces the response by an error page, because nothing was committed.
async fn refuse<'r>(error: &Error, services: &Services, request: &'r Request<'_>, response: &mut Response<'r>) {
    let (session, settings) = (RequestSession::of(request), &services.settings);
    error.report(request);
    session.roll_back(error);
    match settings.engine {
        // Only the cookie can end this session, and somebody has asked for its end.
        Engine::Cookie if session.read(State::is_flushed) => {
            set_cookie::replace_by_removal(response, &cookie::removal_cookie(settings));
        }
        _ => set_cookie::remove_header(response, &settings.cookie_name),
    }
    if response.status().code < 500 {
        error_response::replace(response, request, error.status()).await;
    }
}
