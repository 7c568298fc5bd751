//! The way of one session between its visitor and the store: in when the guard asks, out when the response is ready.

use std::sync::Arc;
use std::time::Duration;

use rocket::Request;
use rocket::http::{Cookie, CookieJar};
use time::OffsetDateTime;

use super::event::Event;
use super::key::SessionKey;
use super::sealed;
use super::state::{Loaded, State, Visit};
use super::store::Commit;
use super::{Error, Result, Sessions};

/// The session's cookie in the response of a commit that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Nothing,
    AsQueued,
    /// As queued, but for so long; `None`: until the browser closes. Another request may have set the expiry meanwhile.
    Until(Option<Duration>),
    Removal,
}

impl Sessions {
    /// The session that the request's cookie opens, or an empty one without a key. A cookie that nobody encrypted here,
    /// or that carries no key, costs no query.
    pub(crate) async fn load(&self, request: &Request<'_>) -> Result<State> {
        let now = self.clock.now();
        let (jar, name) = (request.cookies(), &self.settings.cookie_name);
        let (cookie, is_old) = match jar.get_private(name) {
            Some(cookie) => (Some(cookie), false),
            None => {
                let cookie = self.decrypt_with_fallbacks(jar);
                let is_old = cookie.is_some();
                (cookie, is_old)
            }
        };
        let mut visit = match &cookie {
            Some(cookie) => self.find(cookie.value(), now).await?,
            None => Visit::default(),
        };
        visit.resend = is_old;
        match &visit.loaded {
            Some(loaded) => self.tell(Event::Loaded(&loaded.key.handle()), Some(request)),
            None if jar.get(name).is_some() => self.tell(Event::Refused(visit.claimed.as_ref()), Some(request)),
            None => {}
        }
        Ok(State::new(self.settings.clone(), now, visit))
    }

    async fn find(&self, value: &str, now: OffsetDateTime) -> Result<Visit> {
        let alive = self.settings.alive(now);
        let (key, record) = match &self.store {
            Some(store) => {
                let Some(key) = SessionKey::parse(value) else { return Ok(Visit::default()) };
                let record = store.load(&key.handle(), alive).await?;
                (key, record)
            }
            None => {
                let Some((key, record)) = sealed::open(value) else { return Ok(Visit::default()) };
                (key, Some(record).filter(|record| alive.includes(record)))
            }
        };
        let claimed = Some(key.handle());
        Ok(Visit { loaded: record.map(|record| Loaded { key, record: Arc::new(record) }), claimed, resend: false })
    }

    /// The cookie under one of the keys that `secret_key` had before.
    fn decrypt_with_fallbacks(&self, jar: &CookieJar<'_>) -> Option<Cookie<'static>> {
        let raw = jar.get(&self.settings.cookie_name)?;
        self.settings.secret_key_fallbacks.iter().find_map(|key| key.decrypt(raw))
    }

    /// Does what a request asks of the store, and says what its response may carry then.
    pub(crate) async fn commit(&self, commit: &Commit, request: &Request<'_>) -> Result<Sent> {
        let tell = |event| self.tell(event, Some(request));
        match commit {
            Commit::Nothing => Ok(Sent::Nothing),
            Commit::Resend => Ok(Sent::AsQueued),
            Commit::Touch(handle, touch) => {
                let renewed = match &self.store {
                    Some(store) => store.touch(handle, *touch).await,
                    None => Ok(true),
                };
                match renewed {
                    Ok(true) => {
                        tell(Event::Renewed(handle));
                        Ok(Sent::AsQueued)
                    }
                    Ok(false) => {
                        rocket::debug!("session {}: not renewed, another request was first", handle.short());
                        Ok(Sent::Nothing)
                    }
                    // The visitor only read: no reason to refuse the page. The next request renews.
                    Err(error) => {
                        rocket::warn!("session {}: not renewed: {}", handle.short(), error.story());
                        Ok(Sent::Nothing)
                    }
                }
            }
            Commit::Create(handle, record, in_place_of) => {
                if let Some(store) = &self.store {
                    store.create(handle, record, in_place_of.as_ref()).await?;
                }
                in_place_of.iter().for_each(|given_up| tell(Event::Ended(given_up)));
                tell(Event::Created(handle));
                Ok(Sent::AsQueued)
            }
            Commit::Update(handle, update) => {
                let updated = match &self.store {
                    Some(store) => store.update(handle, update).await.map(Some),
                    None => Ok(None),
                };
                if let Err(Error::Interrupted) = updated {
                    tell(Event::Interrupted(handle));
                }
                let saved = updated?;
                tell(match update.new_handle() {
                    Some(to) => Event::Renamed { from: handle, to },
                    None => Event::Saved(handle),
                });
                Ok(match saved {
                    Some(saved) => Sent::Until(self.settings.lifetime(&saved, saved.expire_date, update.now)),
                    None => Sent::AsQueued,
                })
            }
            Commit::Delete(handle) => {
                if let Some(handle) = handle {
                    let deleted = match &self.store {
                        Some(store) => store.delete(handle, None).await?,
                        None => true,
                    };
                    if deleted {
                        tell(Event::Ended(handle));
                    }
                }
                Ok(Sent::Removal)
            }
        }
    }
}
