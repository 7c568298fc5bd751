//! Finds the session of a request.

use rocket::Request;

use super::loaded::Loaded;
use super::services::Services;
use super::state::State;
use crate::cookie;
use crate::error::Result;
use crate::event::Event;
use crate::key::SessionKey;
use crate::measure;
use crate::record::Alive;

/// Returns the session that the request's cookie opens, or an empty one without a key. A cookie that this application has
/// not encrypted, or that contains no key, costs no query.
pub(crate) async fn load(services: &Services, request: &Request<'_>) -> Result<State> {
    let now = services.clock.now();
    let settings = &services.settings;
    let loaded = match cookie::read(request, settings, services.secret_keys(request.rocket())) {
        Some(cookie) => {
            let loaded = find(services, &cookie.value, settings.alive(now)).await?;
            Loaded { has_old_key: cookie.has_old_key, ..loaded }
        }
        None => Loaded::default(),
    };
    match &loaded.session {
        Some(session) => services.report(Event::Loaded(&session.key.handle()), Some(request)),
        None if cookie::is_sent(request, settings) => {
            services.report(Event::Refused(loaded.handle.as_ref().or(loaded.replaced.as_ref())), Some(request));
        }
        None => {}
    }
    Ok(State::new(settings.clone(), now, loaded))
}

/// Returns what the value of a cookie opens.
async fn find(services: &Services, value: &str, alive: Alive) -> Result<Loaded> {
    let Some(store) = &services.store else {
        return Ok(match cookie::decode(value) {
            Some((key, record)) => Loaded::new(key, Some(record).filter(|record| alive.includes(record))),
            None => Loaded::default(),
        });
    };
    let Some(key) = SessionKey::parse(value) else { return Ok(Loaded::default()) };
    let handle = key.handle();
    let lookup = async {
        match store.load(&handle, alive).await? {
            None if store.is_replaced(&handle, alive.now).await? => {
                Ok(Loaded { replaced: Some(handle), ..Loaded::default() })
            }
            record => Ok(Loaded::new(key, record)),
        }
    };
    measure::load(lookup).await
}
