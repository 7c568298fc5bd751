//! Commits a request's session when its response is ready, and makes the response say so.

use rocket::http::Cookie;
use rocket::{Request, Response};
use time::OffsetDateTime;

use super::commit::NewCookie;
use super::error_response;
use super::request_session::RequestSession;
use super::services::Services;
use super::state::State;
use crate::cookie::{self, set_cookie};
use crate::error::{Error, Result};
use crate::key::SessionKey;
use crate::record::Record;
use crate::settings::{Engine, MARKER_NAME};

/// Commits the session of the request and completes the response.
pub(crate) async fn answer<'r>(services: &Services, request: &'r Request<'_>, response: &mut Response<'r>) {
    let session = RequestSession::of(request);
    let marker = set_cookie::take(response, MARKER_NAME);
    let (succeeded, now) = (response.status().code < 500, services.clock.now());
    if let Some(commit) = session.close(request.cookies(), marker.as_deref().filter(|_| succeeded), now) {
        let committed = services.commit(commit, request).await;
        if let Err(error) = committed.and_then(|cookie| set_new_cookie(cookie, services, now, request, response)) {
            refuse(&error, services, request, response).await;
        }
    }
    if !session.was_asked() {
        return;
    }
    cookie::vary_by_cookie(response);
    if set_cookie::has(response, &services.settings.cookie_name) {
        cookie::forbid_storing(response);
    }
    if session.has_owner() {
        cookie::forbid_sharing(response);
    }
}

/// Puts the session's cookie into the response, after all others.
fn set_new_cookie(
    cookie: NewCookie,
    services: &Services,
    now: OffsetDateTime,
    request: &Request<'_>,
    response: &mut Response<'_>,
) -> Result<()> {
    match cookie {
        NewCookie::None => {}
        NewCookie::Session(key, record) => {
            let cookie = session_cookie(&key, &record, services, now, request);
            set_cookie::check_size(&cookie)?;
            set_cookie::set(response, &cookie);
        }
        NewCookie::Removal => remove_cookie(services, request, response),
    }
    Ok(())
}

/// Returns the encrypted cookie of a session.
fn session_cookie(
    key: &SessionKey,
    record: &Record,
    services: &Services,
    now: OffsetDateTime,
    request: &Request<'_>,
) -> Cookie<'static> {
    let settings = &services.settings;
    let value = match settings.engine {
        Engine::Cookie => cookie::encode(key, record),
        Engine::Db | Engine::Memory => key.as_str().to_owned(),
    };
    let max_age = settings.cookie_max_age(record, record.expire_date, now);
    services.secret_keys(request.rocket()).encrypt(cookie::session_cookie(value, max_age, settings, now))
}

/// Makes the browser delete the session's cookie, if it has one.
fn remove_cookie(services: &Services, request: &Request<'_>, response: &mut Response<'_>) {
    if cookie::is_sent(request, &services.settings) {
        set_cookie::set(response, &cookie::removal_cookie(&services.settings));
    }
}

/// Replaces the response by an error page, because nothing was committed.
async fn refuse<'r>(error: &Error, services: &Services, request: &'r Request<'_>, response: &mut Response<'r>) {
    let session = RequestSession::of(request);
    error.report(request);
    session.roll_back(error);
    // With this engine only the cookie can end the session, and somebody has asked for its end.
    if services.settings.engine == Engine::Cookie && session.read(request.cookies(), State::is_flushed) {
        remove_cookie(services, request, response);
    }
    if response.status().code < 500 {
        error_response::replace(response, request, error.status()).await;
    }
}
