use std::sync::Arc;

use diesel::connection::Instrumentation;
use diesel_migrations::EmbeddedMigrations;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Orbit, Request, Response, Rocket};

use crate::clock::Clock;
use crate::cross_origin::CrossOrigin;
use crate::db::Instruments;
use crate::error_text::error_chain;
use crate::event::Event;
use crate::launch::{Launched, Options, launch, refuse_published_key};
use crate::measure;
use crate::request::{self, Services};
use crate::session::Session;
use crate::sessions::{Sessions, start_sweeper};
use crate::settings::is_teaching_profile;
use crate::store::Store;

/// What makes [`Session`] work: Django's `SessionMiddleware`. Get one by [`Session::fairing`].
///
/// At launch it reads the settings and connects the store. A wrong setting, or a secret key that anybody may know, stops
/// the launch. At each response it commits: *a session changes exactly when Rocket sends its cookie*.
pub struct SessionFairing {
    options: Options,
}

impl Session<'_> {
    /// Returns the fairing that makes this guard work. Attach it once, like `Template::fairing()`.
    ///
    /// ```
    /// use rocket_diesel_sessions::Session;
    ///
    /// let rocket = rocket::build().attach(Session::fairing());
    /// ```
    pub fn fairing() -> SessionFairing {
        SessionFairing { options: Options::default() }
    }
}

impl SessionFairing {
    /// Keeps the sessions in `store`. No database is connected then. With `engine = "cookie"`, which keeps no sessions on
    /// the server, the launch stops.
    pub fn store(mut self, store: impl Store) -> Self {
        self.options.store = Some(Arc::new(store));
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
        self.options.clock = Arc::new(clock);
        self
    }

    /// Treats these migrations like those of this library: a launch applies them, or refuses to start while they are
    /// pending and `auto_migrate` is false.
    pub fn migrations(mut self, migrations: EmbeddedMigrations) -> Self {
        self.options.migrations.push(Arc::new(migrations));
        self
    }

    /// Calls `observer` for each [`Event`], after it has happened. Several observers are all called. Django: signals.
    ///
    /// `observer` also gets the request that caused the event, or `None` if the sweeper or a method of [`Sessions`] did. The
    /// request waits until the observer returns, so send longer work to a channel. If an observer panics, the log says so
    /// and the request goes on.
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
        self.options.observers.add(observer);
        self
    }

    /// Gives each connection of the fairing's database an instrumentation of Diesel, for example for traces or for a list
    /// of slow statements. It has no effect on a store that the program has set. See
    /// [`Config::instrument`](crate::db::Config::instrument).
    pub fn instrument(mut self, make: impl Fn() -> Box<dyn Instrumentation> + Send + Sync + 'static) -> Self {
        self.options.instruments = Some(Instruments::new(make));
        self
    }
}

#[rocket::async_trait]
impl Fairing for SessionFairing {
    fn info(&self) -> Info {
        Info { name: "Sessions", kind: Kind::Ignite | Kind::Liftoff | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let figment = rocket.figment();
        match refuse_published_key(figment).and_then(|()| launch(figment, self.options.clone())) {
            Ok(Launched { services, database }) => {
                let rocket = rocket.manage(services.clone()).manage(Sessions::new(services));
                Ok(match database {
                    Some(database) => rocket.manage(database),
                    None => rocket,
                })
            }
            Err(error) => {
                rocket::error!("sessions: {}", error_chain(&error));
                Err(rocket)
            }
        }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        // Not in `on_ignite`: a fairing that is attached later may install the recorder there.
        measure::describe();
        if let Some(services) = rocket.state::<Services>() {
            if services.settings.cookie_secure && !rocket.config().tls_enabled() {
                // `launch_meta` also prints at the log level of the profile `release`.
                rocket::launch_meta!(
                    "sessions: browsers send the cookie `{}` over HTTPS only (some also to localhost), and this server \
                     speaks plain HTTP: put it behind a proxy that speaks HTTPS, or set cookie_secure = false",
                    services.settings.cookie_name
                );
            }
            let profile = &rocket.config().profile;
            if !is_teaching_profile(profile) && !CrossOrigin::is_attached(rocket) {
                rocket::launch_meta!(
                    "sessions: forms on other sites can act in your visitors' names: the program, in the profile \
                     `{profile}`, does not attach CrossOrigin::fairing()"
                );
            }
            start_sweeper(rocket, services);
        }
    }

    /// With `save_every_request`, opens each visitor's session, so that routes without a guard renew it too.
    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let services = request.rocket().state::<Services>();
        if services.is_some_and(|services| services.settings.save_every_request) {
            // A page that asks for no session works even if the store is away. The log has the error.
            let _ = request::open(request).await;
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if let Some(services) = request.rocket().state::<Services>() {
            request::answer(services, request, response).await;
        }
    }
}
