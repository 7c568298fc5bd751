use std::sync::{Arc, OnceLock};

use rocket::{Orbit, Rocket};

use crate::clock::Clock;
use crate::cookie::SecretKeys;
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
    /// They are known after the launch.
    pub secret_keys: Arc<OnceLock<SecretKeys>>,
}

impl Services {
    /// Returns the condition for records that are alive now.
    pub fn alive(&self) -> Alive {
        self.settings.alive(self.clock.now())
    }

    /// Returns the keys for private cookies.
    pub fn secret_keys(&self, rocket: &Rocket<Orbit>) -> &SecretKeys {
        let keys = || SecretKeys::new(&rocket.config().secret_key, &self.settings.secret_key_fallbacks);
        self.secret_keys.get_or_init(keys)
    }

    pub fn report(&self, event: Event<'_>, request: Option<&rocket::Request<'_>>) {
        self.observers.report(event, request);
    }
}
