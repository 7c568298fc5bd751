use rocket::http::{Cookie, CookieJar};

use super::decide::NeededCookie;
use super::services::Services;
use super::state::State;
use crate::cookie;
use crate::settings::Engine;

/// One attempt of a request to change its session: the attempt of its handler, or of the catcher after it.
pub(crate) struct Attempt {
    pub state: State,
    pub queued: QueuedCookie,
    /// Whether the attempt has changed something itself. Otherwise it only continues the flush of an attempt before it.
    pub edited: bool,
}

/// The cookie in Rocket's jar that stands for the changes of an attempt.
#[derive(Clone, PartialEq)]
pub(crate) enum QueuedCookie {
    None,
    Key(Box<Cookie<'static>>),
    Removal,
}

impl Attempt {
    pub fn new(state: State) -> Self {
        Self { state, queued: QueuedCookie::None, edited: false }
    }

    /// Queues the cookie that the state needs, if it differs from the one in the queue.
    pub fn queue_cookie(&mut self, services: &Services, jar: &CookieJar<'_>) {
        let settings = &services.settings;
        let queued = match self.state.needed_cookie() {
            NeededCookie::None => return,
            NeededCookie::Removal => QueuedCookie::Removal,
            NeededCookie::Key(key, max_age) => {
                let value = match settings.engine {
                    Engine::Cookie => cookie::encode(key, &self.state.next_record()),
                    Engine::Db | Engine::Memory => key.as_str().to_owned(),
                };
                let cookie = cookie::session_cookie(value, max_age, settings, self.state.started_at());
                QueuedCookie::Key(Box::new(cookie))
            }
        };
        if queued == self.queued {
            return;
        }
        match &queued {
            QueuedCookie::None => {}
            QueuedCookie::Key(cookie) => jar.add_private((**cookie).clone()),
            QueuedCookie::Removal => jar.remove(cookie::removal_cookie(settings)),
        }
        self.queued = queued;
    }

    /// Returns whether the attempt only continues the flush of an attempt before it, which will commit the flush.
    pub fn only_continues_a_flush(&self) -> bool {
        !self.edited && self.queued == QueuedCookie::Removal
    }

    /// Returns whether the queued cookie is still in the jar. (`get_pending` also returns the cookie of the request, which
    /// has no Path and so never equals the queued one.)
    pub fn is_pending(&self, services: &Services, jar: &CookieJar<'_>) -> bool {
        let name = &services.settings.cookie_name;
        let pending = jar.get_pending(name);
        match &self.queued {
            QueuedCookie::None => false,
            QueuedCookie::Key(cookie) => pending.as_ref() == Some(cookie),
            QueuedCookie::Removal => pending.is_none() && jar.get(name).is_some(),
        }
    }
}
