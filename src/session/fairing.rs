use std::sync::Arc;

use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Request, Response, Rocket};

use super::clock::{Clock, SystemClock};
use super::scope::Scope;
use super::sessions::Sent;
use super::settings::Settings;
use super::store::Store;
use super::store::diesel::DieselStore;
use super::{Session, Sessions, cookie, error_page, reply};
use crate::db::Database;

/// What makes [`Session`] work: Django's `SessionMiddleware`. [`Session::fairing`] makes one.
///
/// At ignite it reads the settings, connects the store and stops the launch where one of them is wrong. At each
/// response it commits: *a session changes exactly when Rocket sends its cookie*.
pub struct SessionFairing {
    store: Option<Arc<dyn Store>>,
    clock: Arc<dyn Clock>,
}

impl SessionFairing {
    pub(crate) fn new() -> Self {
        Self {
            store: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Keeps the sessions in `store`. No database is connected then.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Takes the time from `clock`.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn ignite(&self, rocket: Rocket<Build>) -> Result<Rocket<Build>, (Rocket<Build>, String)> {
        let settings = match Settings::extract(rocket.figment()) {
            Ok(settings) => settings,
            Err(error) => return Err((rocket, error.to_string())),
        };
        let (rocket, store) = match &self.store {
            Some(store) => (rocket, store.clone()),
            None => {
                let database = match Database::launch(rocket.figment(), settings.auto_migrate) {
                    Ok(database) => database,
                    Err(error) => return Err((rocket, error.to_string())),
                };
                let store = Arc::new(DieselStore::new(database.clone()));
                (rocket.manage(database), store as Arc<dyn Store>)
            }
        };
        // Rocket sets Secure by itself where it speaks TLS, but not on a removal.
        let tls = rocket::Config::try_from(rocket.figment()).is_ok_and(|config| config.tls_enabled());
        let settings = Settings {
            cookie_secure: settings.cookie_secure || tls,
            ..settings
        };
        Ok(rocket.manage(Sessions::new(store, self.clock.clone(), settings)))
    }
}

#[rocket::async_trait]
impl Fairing for SessionFairing {
    fn info(&self) -> Info {
        Info {
            name: "Sessions",
            kind: Kind::Ignite | Kind::Request | Kind::Response | Kind::Singleton,
        }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        self.ignite(rocket).await.map_err(|(rocket, reason)| {
            rocket::error!("sessions: {reason}");
            rocket
        })
    }

    /// With `save_every_request` each visitor's session is asked for, so that routes without a guard renew it too.
    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let every = request
            .rocket()
            .state::<Sessions>()
            .is_some_and(|sessions| sessions.settings().save_every_request);
        if every {
            // A store that is away is the guard's to report, where there is one.
            let _ = Session::open(request).await;
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(sessions) = request.rocket().state::<Sessions>() else {
            return;
        };
        let (scope, jar) = (Scope::of(request), request.cookies());
        let name = &sessions.settings().cookie_name;

        let decided = scope.close(sessions, jar, |state, queued| {
            match reply::carries(response, name, queued) {
                true if response.status().code < 500 => sessions.commit_of(state),
                _ => state.commit_of_failure(),
            }
        });
        if let Some(commit) = decided {
            match sessions.commit(&commit).await {
                Ok(Sent::AsQueued) => {}
                Ok(Sent::Removal) if jar.get(name).is_some() => {
                    reply::remove_cookie(response, &cookie::removal(sessions.settings()));
                }
                Ok(Sent::Nothing | Sent::Removal) => reply::take_out(response, name),
                Err(error) => {
                    error.report(request);
                    scope.roll_back();
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
