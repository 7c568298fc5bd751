//! The way of one session between its visitor and the store: in when the guard asks, out when the response is ready.

use std::time::Duration;

use rocket::Request;
use rocket::http::Cookie;

use super::event::Event;
use super::key::SessionKey;
use super::record::{Alive, Record};
use super::state::{Commit, State, Visit};
use super::store::{Touch, Update};
use super::{Error, Handle, Result, Sessions, Settings, cookie, sealed};

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
        let cookie = jar.get_private(name).filter(|_| !cookie::is_disguised(request, name));
        let old = cookie.is_none().then(|| self.decrypt_with_fallbacks(request)).flatten();
        let mut visit = match cookie.as_ref().or(old.as_ref()) {
            Some(cookie) => self.find(cookie.value(), self.settings.alive(now)).await?,
            None => Visit::default(),
        };
        visit.resend = old.is_some();
        match &visit.loaded {
            Some(loaded) => self.tell(Event::Loaded(&loaded.key.handle()), Some(request)),
            None if jar.get(name).is_some() => self.tell(Event::Refused(visit.claimed.as_ref()), Some(request)),
            None => {}
        }
        Ok(State::new(self.settings.clone(), now, visit))
    }

    /// What the value of a cookie opens.
    async fn find(&self, value: &str, alive: Alive) -> Result<Visit> {
        let Some(store) = &self.store else { return Ok(unseal(value, alive)) };
        let Some(key) = SessionKey::parse(value) else { return Ok(Visit::default()) };
        let record = store.load(&key.handle(), alive).await?;
        Ok(Visit::of(key, record))
    }

    /// The cookie under one of the keys that `secret_key` had before.
    fn decrypt_with_fallbacks(&self, request: &Request<'_>) -> Option<Cookie<'static>> {
        let Settings { cookie_name: name, secret_key_fallbacks: keys, .. } = &*self.settings;
        let raw = request.cookies().get(name).filter(|_| !keys.is_empty() && !cookie::is_disguised(request, name))?;
        keys.iter().find_map(|key| key.decrypt(raw))
    }

    /// Does what a request asks of the store, and says what its response may carry then. With the engine `"cookie"`
    /// there is no store: the cookie has it all.
    pub(crate) async fn commit(&self, commit: &Commit, request: &Request<'_>) -> Result<Sent> {
        match commit {
            Commit::Nothing => Ok(Sent::Nothing),
            Commit::Resend => Ok(Sent::AsQueued),
            Commit::Touch(handle, touch) => Ok(self.renew(handle, *touch, request).await),
            Commit::Create(handle, record, in_place_of) => {
                self.create(handle, record, in_place_of.as_ref(), request).await
            }
            Commit::Update(handle, update) => self.save(handle, update, request).await,
            Commit::Delete(handle) => self.remove(handle.as_ref(), request).await,
        }
    }

    /// The visitor only read, so a failure is no reason to refuse the page. The next request renews.
    async fn renew(&self, handle: &Handle, touch: Touch, request: &Request<'_>) -> Sent {
        let renewed = match &self.store {
            Some(store) => store.touch(handle, touch).await,
            None => Ok(true),
        };
        match renewed {
            Ok(true) => {
                self.tell(Event::Renewed(handle), Some(request));
                return Sent::AsQueued;
            }
            Ok(false) => rocket::debug!("session {}: not renewed, another request was first", handle.short()),
            Err(error) => rocket::warn!("session {}: not renewed: {}", handle.short(), error.story()),
        }
        Sent::Nothing
    }

    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        in_place_of: Option<&Handle>,
        request: &Request<'_>,
    ) -> Result<Sent> {
        if let Some(store) = &self.store {
            store.create(handle, record, in_place_of).await?;
        }
        if let Some(given_up) = in_place_of {
            self.tell(Event::Ended(given_up), Some(request));
        }
        self.tell(Event::Created(handle), Some(request));
        Ok(Sent::AsQueued)
    }

    async fn save(&self, handle: &Handle, update: &Update, request: &Request<'_>) -> Result<Sent> {
        let sent = match &self.store {
            Some(store) => {
                let saved = store.update(handle, update).await.inspect_err(|error| {
                    if let Error::Interrupted = error {
                        self.tell(Event::Interrupted(handle), Some(request));
                    }
                })?;
                Sent::Until(self.settings.lifetime(&saved, saved.expire_date, update.now))
            }
            None => Sent::AsQueued,
        };
        let event = match update.new_handle() {
            Some(to) => Event::Renamed { from: handle, to },
            None => Event::Saved(handle),
        };
        self.tell(event, Some(request));
        Ok(sent)
    }

    async fn remove(&self, handle: Option<&Handle>, request: &Request<'_>) -> Result<Sent> {
        if let Some(handle) = handle {
            let removed = match &self.store {
                Some(store) => store.delete(handle, None).await?,
                None => true,
            };
            if removed {
                self.tell(Event::Ended(handle), Some(request));
            }
        }
        Ok(Sent::Removal)
    }
}

/// What a cookie of the engine `"cookie"` opens: itself.
fn unseal(value: &str, alive: Alive) -> Visit {
    match sealed::open(value) {
        Some((key, record)) => Visit::of(key, Some(record).filter(|record| alive.includes(record))),
        None => Visit::default(),
    }
}
