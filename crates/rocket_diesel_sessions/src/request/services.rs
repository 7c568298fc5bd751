use std::sync::{Arc, OnceLock};

use rocket::{Orbit, Rocket};

use crate::clock::Clock;
use crate::cookie::SecretKey;
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
    /// Rocket's key. It is known after the launch.
    pub secret_key: Arc<OnceLock<SecretKey>>,
}

impl Services {
    /// Returns the condition for records that are alive now.
    pub fn alive(&self) -> Alive {
        self.settings.alive(self.clock.now())
    }

    /// Returns the key with which Rocket encrypts private cookies.
    pub fn secret_key(&self, rocket: &Rocket<Orbit>) -> &SecretKey {
        self.secret_key.get_or_init(|| SecretKey::of(rocket))
    }

    pub fn report(&self, event: Event<'_>, request: Option<&rocket::Request<'_>>) {
        self.observers.report(event, request);
    }
}
