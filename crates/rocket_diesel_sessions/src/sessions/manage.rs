use std::time::Instant;

use rocket::figment::Figment;
use rocket::futures::future::BoxFuture;
use time::OffsetDateTime;

use super::adaptive_batch::AdaptiveBatch;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::handle::Handle;
use crate::key::SessionKey;
use crate::launch::{LaunchError, Options, launch};
use crate::record::Alive;
use crate::request::Services;
use crate::session::Session;
use crate::settings::Settings;
use crate::store::Store;

/// All sessions of the application, in Rocket's managed state: lists them, searches them and ends them.
///
/// ```
/// use rocket::{State, get, post};
/// use rocket_diesel_sessions::{Handle, Page, Result, Session, Sessions};
///
/// /// The devices on which the visitor is signed in.
/// #[get("/devices")]
/// async fn devices(session: Session<'_>, sessions: &State<Sessions>) -> Result<String> {
///     let Some(owner) = session.owner() else { return Ok("Nobody is signed in.".into()) };
///     let devices = sessions.of_owner(&owner, Page::first()).await?;
///     Ok(devices.iter().map(|device| format!("{} since {}\n", device.handle, device.record.created_at)).collect())
/// }
///
/// /// Signs out one of the visitor's own devices. The handle of somebody else's session has no effect.
/// #[post("/devices/<handle>/revoke")]
/// async fn revoke(session: Session<'_>, sessions: &State<Sessions>, handle: Handle) -> Result<String> {
///     let Some(owner) = session.owner() else { return Ok("Nobody is signed in.".into()) };
///     Ok(sessions.revoke(&owner, &handle).await?.to_string())
/// }
/// ```
///
/// A session that these methods end is gone at once, even if the handler that called them fails later. With the engine
/// `"cookie"` the server has no sessions: the methods return [`Error::Unsupported`], and
/// [`clear_expired`](Self::clear_expired) has nothing to do. If the store is away, they return [`Error::Store`].
#[derive(Clone)]
pub struct Sessions(Services);

impl Sessions {
    /// Opens the sessions of a configuration, for programs without Rocket, such as a command or a job.
    ///
    /// # Errors
    ///
    /// The errors of a launch: a setting that is not allowed, or a database that is away or not migrated.
    pub fn open(figment: &Figment) -> Result<Self, LaunchError> {
        Ok(Self(launch(figment, Options::default())?.services))
    }

    pub(crate) fn new(services: Services) -> Self {
        Self(services)
    }

    /// Returns the settings that the application was launched with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Returns the time of the application's clock. A page that lists sessions compares their dates with it.
    pub fn now(&self) -> OffsetDateTime {
        self.0.clock.now()
    }

    /// Returns whether the store answers, as the page [`/readyz`](crate::Health) does: looks up a session that does not exist. With
    /// the engine `"cookie"`, there is nothing to ask.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store is away. That can take as long as the `timeout` of the database, and
    /// twice as long with PostgreSQL.
    pub async fn ping(&self) -> Result<()> {
        match &self.0.store {
            Some(store) => store.load(&SessionKey::generate().handle(), self.0.alive()).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends one of the owner's sessions. Returns `false` if there is no such session, or if it belongs to somebody else; it
    /// stays unharmed then. If the session gets a new key at the same moment, it stays too, under its new handle.
    pub async fn revoke(&self, owner: &str, handle: &Handle) -> Result<bool> {
        let ended = self.store()?.delete_owned(handle, owner).await?;
        Ok(self.report_ended(ended.then_some(handle)))
    }

    /// Ends all of the owner's sessions. Returns how many there were.
    pub async fn revoke_all(&self, owner: &str) -> Result<usize> {
        self.delete_of_owner(owner, &[]).await
    }

    /// Ends all sessions of this session's owner except this one, for example after a change of the password (OWASP ASVS
    /// 5.0, 7.4.3). Returns how many there were: 0 if nobody is signed in.
    ///
    /// ```
    /// use rocket::{State, post};
    /// use rocket_diesel_sessions::{Result, Session, Sessions};
    ///
    /// #[post("/password")]
    /// async fn change_password(session: Session<'_>, sessions: &State<Sessions>) -> Result<String> {
    ///     session.cycle_key();
    ///     let ended = sessions.revoke_others(&session).await?;
    ///     Ok(format!("Signed out on {ended} other devices."))
    /// }
    /// ```
    pub async fn revoke_others(&self, session: &Session<'_>) -> Result<usize> {
        match session.owner() {
            Some(owner) => self.delete_of_owner(&owner, &session.handles()).await,
            None => Ok(0),
        }
    }

    /// Ends any session. Returns whether there was one. If `login` or `cycle_key` has given it a new handle in the last
    /// minute, it is ended under that. For administrators.
    pub async fn end(&self, handle: &Handle) -> Result<bool> {
        let ended = self.store()?.delete(handle, self.0.clock.now()).await?;
        Ok(self.report_ended(ended.as_ref()))
    }

    /// Deletes all records that have expired. Returns how many there were. Django: `manage.py clearsessions`.
    ///
    /// One transaction deletes at most `sweep_batch` records, and there is a pause after each, so that no request waits
    /// long. A running server does this by itself every `sweep_interval`. If another instance is deleting the
    /// same records at this moment, this method leaves them to it and returns.
    pub async fn clear_expired(&self) -> Result<usize> {
        let Some(store) = &self.0.store else { return Ok(0) };
        let alive = self.0.alive(); // records that expire in the meantime are left for the next time
        // Another sweep may have taken some records of a batch, so a batch that is not full need not be the last.
        self.in_batches(Event::Expired, |count, _| count == 0, |limit| store.clear_expired(alive, limit)).await
    }

    /// Deletes records in batches until `is_last` says so, for the number of deleted records and the size of the batch.
    async fn in_batches<'a>(
        &self,
        event: fn(usize) -> Event<'static>,
        is_last: fn(usize, usize) -> bool,
        delete: impl Fn(usize) -> BoxFuture<'a, Result<usize>>,
    ) -> Result<usize> {
        let mut batch = AdaptiveBatch::new(self.0.settings.sweep_batch);
        let mut deleted = 0;
        loop {
            let started = Instant::now();
            let count = delete(batch.size()).await?;
            if count > 0 {
                deleted += count;
                self.0.report(event(count), None);
            }
            if is_last(count, batch.size()) {
                return Ok(deleted);
            }
            batch.pause(started.elapsed()).await;
        }
    }

    /// Returns the condition for records that are alive now.
    pub(super) fn alive(&self) -> Alive {
        self.0.alive()
    }

    pub(super) fn store(&self) -> Result<&dyn Store> {
        self.0.store.as_deref().ok_or(Error::Unsupported)
    }

    /// Reports the session that was ended, if there was one. Returns whether there was.
    fn report_ended(&self, ended: Option<&Handle>) -> bool {
        if let Some(handle) = ended {
            self.0.report(Event::Ended(handle), None);
        }
        ended.is_some()
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize> {
        let store = self.store()?;
        // Logins may go on. At a batch that is not full, no session was left.
        let is_last = |count, limit| count < limit;
        self.in_batches(Event::Revoked, is_last, |limit| store.delete_of_owner(owner, except, limit)).await
    }
}
