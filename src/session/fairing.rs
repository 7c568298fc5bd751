use std::sync::Arc;

use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Orbit, Request, Response, Rocket};

use super::attempt::Queued;
use super::clock::{Clock, SystemClock};
use super::scope::Scope;
use super::store::Store;
use super::transfer::Sent;
use super::{Session, Sessions, cookie, error_page, reply, sweep};
use crate::db;

/// What makes [`Session`] work: Django's `SessionMiddleware`. [`Session::fairing`] makes one.
///
/// At ignite it reads the settings, connects the store and stops the launch where one of them is wrong. At each
/// response it commits: *a session changes exactly when Rocket sends its cookie*.
///
/// ```
/// use rocket_diesel_sessions::Session;
///
/// let rocket = rocket::build().attach(Session::fairing());
/// ```
pub struct SessionFairing {
    store: Option<Arc<dyn Store>>,
    clock: Arc<dyn Clock>,
}

impl SessionFairing {
    pub(crate) fn new() -> Self {
        Self { store: None, clock: Arc::new(SystemClock) }
    }

    /// Keeps the sessions in `store`. No database is connected then; `engine = "cookie"`, which keeps them nowhere, stops
    /// the launch.
    ///
    /// ```
    /// use rocket_diesel_sessions::{MemoryStore, Session};
    ///
    /// let fairing = Session::fairing().store(MemoryStore::default());
    /// ```
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Takes the time from `clock`.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Clock, Session};
    /// use time::OffsetDateTime;
    ///
    /// struct OneDayAhead;
    ///
    /// impl Clock for OneDayAhead {
    ///     fn now(&self) -> OffsetDateTime {
    ///         OffsetDateTime::now_utc() + time::Duration::DAY
    ///     }
    /// }
    ///
    /// let fairing = Session::fairing().clock(OneDayAhead);
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

#[rocket::async_trait]
impl Fairing for SessionFairing {
    fn info(&self) -> Info {
        Info { name: "Sessions", kind: Kind::Ignite | Kind::Liftoff | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        match Sessions::assemble(rocket.figment(), self.store.clone(), self.clock.clone()) {
            Ok((sessions, None)) => Ok(rocket.manage(sessions)),
            Ok((sessions, Some(database))) => Ok(rocket.manage(sessions).manage(database)),
            Err(error) => {
                rocket::error!("sessions: {}", db::story(&error));
                Err(rocket)
            }
        }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        if let Some(sessions) = rocket.state::<Sessions>() {
            sweep::start(rocket, sessions.clone());
        }
    }

    /// With `save_every_request` each visitor's session is asked for, so that routes without a guard renew it too.
    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let every = request.rocket().state::<Sessions>().is_some_and(|sessions| sessions.settings().save_every_request);
        if every {
            // A store that is away is no reason to refuse a page that asks for no session. The log has it.
            let _ = Session::open(request).await;
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(sessions) = request.rocket().state::<Sessions>() else {
            return;
        };
        let (scope, jar) = (Scope::of(request), request.cookies());
        let name = &sessions.settings().cookie_name;

        let now = sessions.clock.now();
        let decided = scope.close(sessions, jar, |state, queued| {
            let stands = response.status().code < 500 && reply::carries(response, name, queued);
            let commit = if stands { state.commit(now) } else { state.commit_of_failure() };
            (commit, *queued != Queued::Nothing)
        });
        if let Some((commit, queued)) = decided {
            let fits = if queued { reply::check_size(response, name) } else { Ok(()) };
            let committed = match fits {
                Ok(()) => sessions.commit(&commit).await,
                Err(refused) => Err(refused),
            };
            match committed {
                Ok(Sent::AsQueued) => {}
                Ok(Sent::Until(age)) => reply::set_lifetime(response, name, age, now),
                Ok(Sent::Removal) if jar.get(name).is_some() => {
                    reply::remove_cookie(response, &cookie::removal(sessions.settings()));
                }
                Ok(Sent::Nothing | Sent::Removal) if queued => reply::take_out(response, name),
                // A cookie of this name is somebody else's then.
                Ok(Sent::Nothing | Sent::Removal) => {}
                Err(error) => {
                    error.report(request);
                    scope.roll_back(&error);
                    reply::take_out(response, name);
                    if response.status().code < 500 {
                        error_page::replace(response, request, error.status()).await;
                    }
                }
            }
        }
        if scope.was_asked() {
            reply::vary_by_cookie(response);
            reply::not_for_caches(response, name);
        }
    }
}
