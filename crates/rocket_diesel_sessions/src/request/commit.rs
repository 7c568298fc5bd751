//! Does what a request asks of the store.

use rocket::Request;

use super::decide::Commit;
use super::services::Services;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::handle::Handle;
use crate::key::SessionKey;
use crate::measure;
use crate::record::Record;
use crate::store::{Touch, Update};

/// What the response has to say about the session, after a commit that succeeded.
#[derive(Debug, PartialEq)]
pub(crate) enum NewCookie {
    None,
    Session(SessionKey, Record),
    Removal,
}

impl Services {
    /// Does what a request asks of the store. Returns which cookie the response gets. With the engine `"cookie"` there is no
    /// store: the cookie has everything.
    pub async fn commit(&self, commit: Commit, request: &Request<'_>) -> Result<NewCookie> {
        match commit {
            Commit::Nothing => Ok(NewCookie::None),
            Commit::Resend { key, record } => Ok(match self.is_alive(&key.handle()).await {
                true => NewCookie::Session(key, record),
                false => NewCookie::None,
            }),
            Commit::Touch { key, renewed, touch } => Ok(match self.renew(&key.handle(), touch, request).await {
                true => NewCookie::Session(key, renewed),
                false => NewCookie::None,
            }),
            Commit::Create { key, record, replaces } => {
                self.create(&key.handle(), &record, replaces.as_ref(), request).await?;
                self.limit_sessions_of_owner(&record, request).await;
                Ok(NewCookie::Session(key, record))
            }
            Commit::Update { key, old, update } => {
                let saved = self.save(&old, &update, request).await?;
                if update.is_login() {
                    self.limit_sessions_of_owner(&saved, request).await;
                }
                Ok(NewCookie::Session(key, saved))
            }
            Commit::Refuse(handle) => {
                self.report(Event::Interrupted(&handle), Some(request));
                Err(Error::Interrupted)
            }
            Commit::Delete(handle) => {
                self.delete(handle.as_ref(), request).await?;
                Ok(NewCookie::Removal)
            }
        }
    }

    /// Returns whether the session still has this handle. If not, the browser may have another cookie already.
    async fn is_alive(&self, handle: &Handle) -> bool {
        match &self.store {
            Some(store) => matches!(measure::load(store.load(handle, self.alive())).await, Ok(Some(_))),
            None => true,
        }
    }

    /// Renews a session. Returns whether it was renewed. The visitor only read it, so a failure is not a reason to refuse the
    /// page. The next request tries again.
    async fn renew(&self, handle: &Handle, touch: Touch, request: &Request<'_>) -> bool {
        let renewed = match &self.store {
            Some(store) => measure::commit("touch", store.touch(handle, touch)).await,
            None => Ok(true),
        };
        match &renewed {
            Ok(true) => self.report(Event::Renewed(handle), Some(request)),
            Ok(false) => rocket::debug!("session {}: not renewed, another request was first", handle.short()),
            Err(error) => rocket::warn!("session {}: not renewed: {}", handle.short(), error.error_chain()),
        }
        renewed.unwrap_or(false)
    }

    async fn create(
        &self,
        handle: &Handle,
        record: &Record,
        replaces: Option<&Handle>,
        request: &Request<'_>,
    ) -> Result<()> {
        if let Some(store) = &self.store {
            measure::commit("create", store.create(handle, record, replaces, self.clock.now())).await?;
        }
        if let Some(ended) = replaces {
            self.report(Event::Ended(ended), Some(request));
        }
        self.report(Event::Created(handle), Some(request));
        Ok(())
    }

    async fn save(&self, handle: &Handle, update: &Update, request: &Request<'_>) -> Result<Record> {
        let saved = match &self.store {
            Some(store) => measure::commit("update", store.update(handle, update)).await.inspect_err(|error| {
                if let Error::Interrupted = error {
                    self.report(Event::Interrupted(handle), Some(request));
                }
            })?,
            None => update.apply(update.loaded())?,
        };
        let event = match update.new_handle() {
            Some(to) => Event::KeyCycled { from: handle, to },
            None => Event::Saved(handle),
        };
        self.report(event, Some(request));
        Ok(saved)
    }

    /// Ends the oldest sessions of the owner who has just signed in, if there are more than `max_sessions_per_owner`. The
    /// login is committed, so a failure does not undo it.
    async fn limit_sessions_of_owner(&self, record: &Record, request: &Request<'_>) {
        let (Some(store), Some(owner)) = (&self.store, &record.owner) else { return };
        let Some(keep) = self.settings.max_sessions_per_owner else { return };
        let deleted = store.delete_oldest(owner, record.created_at, keep, self.alive());
        match measure::commit("delete", deleted).await {
            Ok(0) => {}
            Ok(count) => self.report(Event::Revoked(count), Some(request)),
            Err(error) => rocket::error!("sessions: max_sessions_per_owner had no effect: {}", error.error_chain()),
        }
    }

    async fn delete(&self, handle: Option<&Handle>, request: &Request<'_>) -> Result<()> {
        let Some(handle) = handle else { return Ok(()) };
        let ended = match &self.store {
            Some(store) => measure::commit("delete", store.delete(handle, self.clock.now())).await?,
            None => Some(handle.clone()),
        };
        if let Some(handle) = &ended {
            self.report(Event::Ended(handle), Some(request));
        }
        Ok(())
    }
}
