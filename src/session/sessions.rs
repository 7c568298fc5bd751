use std::sync::Arc;

use rocket::http::CookieJar;

use super::key::SessionKey;
use super::settings::Settings;
use super::state::{Loaded, State};
use super::store::{Commit, Store};
use super::{Clock, Result};

/// All sessions of the application: the store, the settings and the clock, in Rocket's managed state.
pub struct Sessions {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    settings: Arc<Settings>,
}

impl Sessions {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self {
            store,
            clock,
            settings: Arc::new(settings),
        }
    }

    /// The settings that the application was launched with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The session that the request's cookie opens, or an empty one without a key. A cookie that nobody encrypted here,
    /// or that carries no key, costs no query.
    pub(crate) async fn load(&self, jar: &CookieJar<'_>) -> Result<State> {
        let now = self.clock.now();
        let cookie = jar.get_private(&self.settings.cookie_name);
        let loaded = match cookie.and_then(|cookie| SessionKey::parse(cookie.value())) {
            Some(key) => {
                let record = self.store.load(&key.handle(), self.settings.alive(now)).await?;
                record.map(|record| Loaded { key, record })
            }
            None => None,
        };
        Ok(State::new(self.settings.clone(), now, loaded))
    }

    /// What a request's state asks of the store now.
    pub(crate) fn commit_of(&self, state: &State) -> Commit {
        state.commit(self.clock.now())
    }

    /// Does what a request asks of the store, and says what its response may carry then.
    pub(crate) async fn commit(&self, commit: &Commit) -> Result<Sent> {
        match commit {
            Commit::Nothing => Ok(Sent::Nothing),
            Commit::Touch(handle, touch) => match self.store.touch(handle, *touch).await {
                Ok(true) => Ok(Sent::AsQueued),
                Ok(false) => {
                    rocket::debug!("session {}: renewed or ended by another request", handle.short());
                    Ok(Sent::Nothing)
                }
                // The visitor only read: no reason to refuse the page. The next request renews.
                Err(error) => {
                    rocket::warn!("session {}: not renewed: {error:?}", handle.short());
                    Ok(Sent::Nothing)
                }
            },
            Commit::Create(handle, record, in_place_of) => {
                self.store.create(handle, record, in_place_of.as_ref()).await?;
                Ok(Sent::AsQueued)
            }
            Commit::Update(handle, update) => {
                self.store.update(handle, update).await?;
                Ok(Sent::AsQueued)
            }
            Commit::Delete(handle) => {
                if let Some(handle) = handle {
                    self.store.delete(handle).await?;
                }
                Ok(Sent::Removal)
            }
        }
    }
}

/// The session's cookie in the response of a commit that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Nothing,
    AsQueued,
    Removal,
}
