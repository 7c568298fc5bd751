use std::sync::Arc;

use crate::clock::Clock;
use crate::event::{Event, Observers};
use crate::record::Alive;
use crate::settings::Settings;
use crate::store::Store;

/// What an application's sessions need: the store, the clock, the settings and the observers. It is in Rocket's managed
/// state.
#[derive(Clone)]
pub(crate) struct Services {
    /// `None` with the engine `"cookie"`.
    pub store: Option<Arc<dyn Store>>,
    pub clock: Arc<dyn Clock>,
    pub settings: Arc<Settings>,
    pub observers: Observers,
}

impl Services {
    /// Returns the condition for records that are alive now.
    pub fn alive(&self) -> Alive {
        self.settings.alive(self.clock.now())
    }

    pub fn report(&self, event: Event<'_>, request: Option<&rocket::Request<'_>>) {
        self.observers.report(event, request);
    }
}
