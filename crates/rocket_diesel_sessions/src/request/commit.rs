//! Does what a request asks of the store.

use std::time::Duration;

use rocket::Request;

use super::decide::Commit;
use super::services::Services;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::handle::Handle;
use crate::record::Record;
use crate::store::{Touch, Update};

/// The session's cookie in the response, after a commit that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentCookie {
    None,
    AsQueued,
    /// As queued, but with this Max-Age. Another request may have set the expiry in the meantime.
    WithMaxAge(Option<Duration>),
    Removal,
}

impl Services {
    /// Does what a request asks of the store. Returns which cookie the response gets. With the engine `"cookie"` there is no
    /// store: the cookie has everything.
    pub async fn commit(&self, commit: &Commit, request: &Request<'_>) -> Result<SentCookie> {
        match commit {
            Commit::Nothing => Ok(SentCookie::None),
            Commit::Resend => Ok(SentCookie::AsQueued),
            Commit::Touch(handle, touch) => Ok(self.renew(handle, *touch, request).await),
            Commit::Create(handle, record, replaces) => self.create(handle, record, replaces.as_ref(), request).await,
            Commit::Update(handle, update) => self.save(handle, update, request).await,
            Commit::Delete(handle) => self.remove(handle.as_ref(), request).await,
        }
    }

    /// Renews a session. The visitor only read it, so a failure is not a reason to refuse the page. The next request tries
    /// again.
    async fn renew(&self, handle: &Handle, touch: Touch, request: &Request<'_>) -> SentCookie {
        let renewed = match &self.store {
            Some(store) => store.touch(handle, touch).await,
            None => Ok(true),
        };
        match renewed {
            Ok(true) => {
                self.report(Event::Renewed(handle), Some(request));
                return SentCookie::AsQueued;
            }
            Ok(false) => rocket::debug!("session {}: not renewed, another request was first", handle.short()),
            Err(error) => rocket::warn!("session {}: not renewed: {}", handle.short(), error.error_chain()),
        }
        SentCookie::None
    }

    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        request: &Request<'_>,
    ) -> Result<SentCookie> {
        if let Some(store) = &self.store {
            store.create(handle, record, replaces).await?;
        }
        if let Some(ended) = replaces {
            self.report(Event::Ended(ended), Some(request));
        }
        self.report(Event::Created(handle), Some(request));
        Ok(SentCookie::AsQueued)
    }

    async fn save(&self, handle: &Handle, update: &Update, request: &Request<'_>) -> Result<SentCookie> {
        let sent = match &self.store {
            Some(store) => {
                let saved = store.update(handle, update).await.inspect_err(|error| {
                    if let Error::Interrupted = error {
                        self.report(Event::Interrupted(handle), Some(request));
                    }
                })?;
                SentCookie::WithMaxAge(self.settings.cookie_max_age(&saved, saved.expire_date, update.now))
            }
            None => SentCookie::AsQueued,
        };
        let event = match update.new_handle() {
            Some(to) => Event::KeyCycled { from: handle, to },
            None => Event::Saved(handle),
        };
        self.report(event, Some(request));
        Ok(sent)
    }

    async fn remove(&self, handle: Option<&Handle>, request: &Request<'_>) -> Result<SentCookie> {
        if let Some(handle) = handle {
            let removed = match &self.store {
                Some(store) => store.delete(handle).await?,
                None => true,
            };
            if removed {
                self.report(Event::Ended(handle), Some(request));
            }
        }
        Ok(SentCookie::Removal)
    }
}
