//! One try of a request at its session: a handler's, or that of the catcher after it.

use rocket::http::{Cookie, CookieJar};

use super::settings::Engine;
use super::state::{State, Wanted};
use super::{Sessions, cookie, sealed};

pub(crate) struct Attempt {
    pub state: State,
    pub queued: Queued,
    /// Whether somebody changed something, or it only carries on what an attempt before it began.
    pub edited: bool,
}

/// The cookie that stands for an attempt's changes.
#[derive(Clone, PartialEq)]
pub(crate) enum Queued {
    Nothing,
    Key(Box<Cookie<'static>>),
    Removal,
}

impl Attempt {
    pub fn new(state: State) -> Self {
        Self { state, queued: Queued::Nothing, edited: false }
    }

    /// Queues the cookie that the state wants, where it is another than the one in the queue.
    pub fn queue(&mut self, sessions: &Sessions, jar: &CookieJar<'_>) {
        let settings = sessions.settings();
        let queued = match self.state.wanted() {
            Wanted::Nothing => return,
            Wanted::Removal => Queued::Removal,
            Wanted::Key(key, max_age) => {
                let value = match settings.engine {
                    Engine::Cookie => sealed::seal(key, &self.state.next_record()),
                    Engine::Db | Engine::Memory => key.as_str().to_owned(),
                };
                Queued::Key(Box::new(cookie::carrying(value, max_age, settings, self.state.opened_at())))
            }
        };
        if queued == self.queued {
            return;
        }
        match &queued {
            Queued::Nothing => {}
            Queued::Key(cookie) => jar.add_private((**cookie).clone()),
            Queued::Removal => jar.remove(cookie::removal(settings)),
        }
        self.queued = queued;
    }

    /// Whether all it has is the flush of an attempt before it, which is that one's to commit.
    pub fn only_inherits_a_flush(&self) -> bool {
        !self.edited && self.queued == Queued::Removal
    }

    /// Whether the queued cookie is still in the jar. (`get_pending` falls back to the request's own cookie, which
    /// has no Path and so never equals the queued one.)
    pub fn is_pending(&self, sessions: &Sessions, jar: &CookieJar<'_>) -> bool {
        let name = &sessions.settings().cookie_name;
        let pending = jar.get_pending(name);
        match &self.queued {
            Queued::Nothing => false,
            Queued::Key(cookie) => pending.as_ref() == Some(cookie),
            Queued::Removal => pending.is_none() && jar.get(name).is_some(),
        }
    }
}
