use std::sync::Arc;

use diesel::connection::Instrumentation;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Orbit, Request, Response, Rocket};

use super::clock::Clock;
use super::event::Event;
use super::launch::Own;
use super::scope::Scope;
use super::state::State;
use super::store::Store;
use super::verdict::Verdict;
use super::{Engine, Error, Session, Sessions, cookie, error_page, reply, sweep};
use crate::db::{self, Instruments};

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
    own: Own,
}

impl SessionFairing {
    pub(crate) fn new() -> Self {
        Self { own: Own::default() }
    }

    /// Keeps the sessions in `store`. No database is connected then; `engine = "cookie"`, which keeps them nowhere,
    /// stops the launch.
    ///
    /// ```
    /// use rocket_diesel_sessions::{MemoryStore, Session};
    ///
    /// let fairing = Session::fairing().store(MemoryStore::default());
    /// ```
    pub fn store(mut self, store: impl Store) -> Self {
        self.own.store = Some(Arc::new(store));
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
        self.own.clock = Arc::new(clock);
        self
    }

    /// Tells `observer` what becomes of sessions, when it has happened: what signals are in Django. Each observer is
    /// told, if there are several.
    ///
    /// The request is the one that caused the event; `None` for what the sweeper or a method of [`Sessions`] did. The
    /// request waits until the observer has returned, so what takes longer belongs into a channel. An observer that
    /// panics is caught: the log says so, and the request goes on.
    ///
    /// ```
    /// use rocket_diesel_sessions::{Event, Session};
    ///
    /// let fairing = Session::fairing().on_event(|event, request| {
    ///     if let Event::Interrupted(handle) = event {
    ///         let address = request.and_then(|request| request.client_ip());
    ///         println!("{} was used after its end, from {address:?}", handle.short());
    ///     }
    /// });
    /// ```
    pub fn on_event(mut self, observer: impl Fn(&Event<'_>, Option<&Request<'_>>) + Send + Sync + 'static) -> Self {
        self.own.observers.add(observer);
        self
    }

    /// Gives each connection of the fairing's database an instrumentation of Diesel's, for traces and for lists of slow
    /// statements. A store that the program brings has connections of its own. See
    /// [`Config::instrument`](db::Config::instrument).
    ///
    /// ```
    /// use diesel::connection::InstrumentationEvent;
    /// use rocket_diesel_sessions::Session;
    ///
    /// let fairing = Session::fairing().instrument(|| {
    ///     Box::new(|event: InstrumentationEvent<'_>| {
    ///         if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event {
    ///             println!("refused: {error}");
    ///         }
    ///     })
    /// });
    /// ```
    pub fn instrument(mut self, make: impl Fn() -> Box<dyn Instrumentation> + Send + Sync + 'static) -> Self {
        self.own.instruments = Some(Instruments::new(make));
        self
    }
}

#[rocket::async_trait]
impl Fairing for SessionFairing {
    fn info(&self) -> Info {
        Info { name: "Sessions", kind: Kind::Ignite | Kind::Liftoff | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        match Sessions::assemble(rocket.figment(), self.own.clone()) {
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
        let Some(sessions) = request.rocket().state::<Sessions>() else { return };
        let name = &sessions.settings().cookie_name;
        if let Some(verdict) = Verdict::of(request, response, sessions) {
            match verdict.carry_out(request, sessions).await {
                Ok(sent) => verdict.say(sent, request, response, sessions),
                Err(error) => refuse(&error, request, response, sessions).await,
            }
        }
        if Scope::of(request).was_asked() {
            reply::vary_by_cookie(response);
            reply::not_for_caches(response, name);
        }
    }
}

/// Nothing was committed: the response says so, in the place of what the handler said.
async fn refuse<'r>(error: &Error, request: &'r Request<'_>, response: &mut Response<'r>, sessions: &Sessions) {
    let (scope, settings) = (Scope::of(request), sessions.settings());
    error.report(request);
    scope.roll_back(error);
    match settings.engine {
        // Nothing but the cookie can end this session, and somebody has asked for its end.
        Engine::Cookie if scope.look(State::is_flushed) => reply::remove_cookie(response, &cookie::removal(settings)),
        _ => reply::take_out(response, &settings.cookie_name),
    }
    if response.status().code < 500 {
        error_page::replace(response, request, error.status()).await;
    }
}
