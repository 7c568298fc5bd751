use std::sync::Arc;
use std::time::Instant;

use super::event::{Event, Observers};
use super::pace::Pace;
use super::store::Store;
use super::{Clock, Error, Handle, Listed, Result, Session, Settings};

/// All sessions of the application, in Rocket's managed state: to list an owner's, and to end them.
///
/// ```
/// use rocket::{State, get, post};
/// use rocket_diesel_sessions::{Result, Session, Sessions};
///
/// /// The devices that somebody is signed in on.
/// #[get("/devices")]
/// async fn devices(session: Session<'_>, sessions: &State<Sessions>) -> Result<String> {
///     let Some(owner) = session.owner() else { return Ok("Nobody is signed in.".into()) };
///     let devices = sessions.of_owner(&owner).await?;
///     Ok(devices.iter().map(|device| format!("{} since {}\n", device.handle, device.record.created_at)).collect())
/// }
///
/// /// Sign out there: one of the owner's own, or nothing happens.
/// #[post("/devices/<handle>/revoke")]
/// async fn revoke(session: Session<'_>, sessions: &State<Sessions>, handle: &str) -> Result<String> {
///     let Some(owner) = session.owner() else { return Ok("Nobody is signed in.".into()) };
///     Ok(sessions.revoke(&owner, handle).await?.to_string())
/// }
/// ```
///
/// What these methods end is gone at once, whatever becomes of the handler that called them. With the engine `"cookie"`
/// the server has no sessions to list, to count or to end: they answer [`Error::Unsupported`], and
/// [`clear_expired`](Self::clear_expired) has nothing to do.
#[derive(Clone)]
pub struct Sessions {
    /// `None`: the engine `"cookie"`.
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Arc<Settings>,
    pub(super) observers: Observers,
}

impl Sessions {
    /// The settings that the application was launched with.
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// assert_eq!(sessions.settings().cookie_name, "sessionid");
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The owner's sessions, the newest first.
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// assert!(sessions.of_owner("ada").await?.is_empty());
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`], [`Error::Unsupported`]; as all methods below.
    pub async fn of_owner(&self, owner: &str) -> Result<Vec<Listed>> {
        let found = self.store()?.of_owner(owner, self.settings.alive(self.clock.now())).await?;
        Ok(found.into_iter().map(|(handle, record)| Listed { handle: handle.to_string(), record }).collect())
    }

    /// Ends one of the owner's sessions. `false` for a session of somebody else's, which stays unharmed, and for none.
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// assert!(!sessions.revoke("ada", "not a handle of hers").await?);
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    pub async fn revoke(&self, owner: &str, handle: &str) -> Result<bool> {
        self.delete(handle, Some(owner)).await
    }

    /// Ends all of the owner's sessions: "sign out everywhere". How many?
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// assert_eq!(sessions.revoke_all("ada").await?, 0);
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    pub async fn revoke_all(&self, owner: &str) -> Result<usize> {
        self.delete_of_owner(owner, &[]).await
    }

    /// Ends all sessions of this session's owner but this one: "sign out everywhere else", after a new password for
    /// example (OWASP ASVS 3.3.3). How many? None where nobody is signed in.
    ///
    /// ```
    /// use rocket::{State, post};
    /// use rocket_diesel_sessions::{Result, Session, Sessions};
    ///
    /// #[post("/password")]
    /// async fn new_password(session: Session<'_>, sessions: &State<Sessions>) -> Result<String> {
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

    /// Ends any session, for administrators. Was it there?
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// assert!(!sessions.end("not a handle").await?);
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    pub async fn end(&self, handle: &str) -> Result<bool> {
        self.delete(handle, None).await
    }

    /// How many sessions live.
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// assert_eq!(sessions.count().await?, 0);
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    pub async fn count(&self) -> Result<usize> {
        self.store()?.count(self.settings.alive(self.clock.now())).await
    }

    /// Deletes all records that have expired, at most `sweep_batch` of them in one transaction, with rests between, so
    /// that no request waits long. How many? Django: `manage.py clearsessions`. The sweeper does this by itself every
    /// `sweep_interval`.
    ///
    /// ```
    /// # use rocket::figment::Figment;
    /// # use rocket_diesel_sessions::Sessions;
    /// # rocket::async_test(async {
    /// # let sessions = Sessions::open(&Figment::from(("session.engine", "memory"))).unwrap();
    /// println!("{} expired sessions were removed.", sessions.clear_expired().await?);
    /// # Ok::<_, rocket_diesel_sessions::Error>(()) }).unwrap();
    /// ```
    pub async fn clear_expired(&self) -> Result<usize> {
        let Some(store) = &self.store else { return Ok(0) };
        let alive = self.settings.alive(self.clock.now()); // what expires meanwhile is for the next time
        let mut pace = Pace::new(self.settings.sweep_batch);
        let mut cleared = 0;
        loop {
            let started = Instant::now();
            let count = store.clear_expired(alive, pace.batch()).await?;
            if count == 0 {
                return Ok(cleared); // fewer than a batch may be two sweeps that meet
            }
            cleared += count;
            self.tell(Event::Expired(count), None);
            pace.rest(started.elapsed()).await;
        }
    }

    fn store(&self) -> Result<&dyn Store> {
        self.store.as_deref().ok_or(Error::Unsupported)
    }

    async fn delete(&self, handle: &str, owner: Option<&str>) -> Result<bool> {
        let store = self.store()?;
        let Some(handle) = Handle::parse(handle) else {
            return Ok(false);
        };
        let deleted = store.delete(&handle, owner).await?;
        if deleted {
            self.tell(Event::Ended(&handle), None);
        }
        Ok(deleted)
    }

    async fn delete_of_owner(&self, owner: &str, except: &[Handle]) -> Result<usize> {
        let count = self.store()?.delete_of_owner(owner, except).await?;
        if count > 0 {
            self.tell(Event::Revoked(count), None);
        }
        Ok(count)
    }
}
