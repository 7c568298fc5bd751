use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::{Build, Config, Rocket};
use rocket_diesel_sessions::db::{Config as DbConfig, Database, DbConnection};
use rocket_diesel_sessions::testing::{connect, new_database};
use rocket_diesel_sessions::{MIGRATIONS, Session, SessionFairing, Sessions};
use tempfile::TempDir;

use crate::routes;
use crate::test_app::{SECRET_KEY, TestApp, TestClock};

/// An empty schema on the server of `TEST_DATABASE_URL`. The connections that are opened with its URL have a name of their
/// own, so that a test can find them.
pub struct Schema {
    pub url: String,
    /// The `application_name` of the connections.
    name: String,
    pub folder: Arc<TempDir>,
}

impl Schema {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = new_database(folder.path());
        assert!(url.starts_with("postgres"), "no TEST_DATABASE_URL: run these tests with .ci/with_postgres");
        let (_, name) = url.rsplit_once("%3D").expect("the URL ends with the name of the schema");
        Self { url: format!("{url}&application_name={name}"), name: name.to_owned(), folder: Arc::new(folder) }
    }

    /// Returns the name of the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a database with this configuration, on which the tables exist.
    pub fn migrated(&self, configure: impl FnOnce(&mut DbConfig)) -> Database {
        let mut config = DbConfig::new(&self.url);
        configure(&mut config);
        let database = Database::connect(&config).unwrap();
        database.migrate(&MIGRATIONS).unwrap();
        database
    }

    /// Launches an application with the session fairing that `configure` returns and a route for each method of Session.
    pub async fn app(&self, settings: &str, configure: impl FnOnce(SessionFairing) -> SessionFairing) -> TestApp {
        let clock = TestClock::default();
        let fairing = configure(Session::fairing().clock(clock.clone()));
        let build = |figment| -> Rocket<Build> { rocket::custom(figment).attach(fairing).mount("/", routes::routes()) };
        TestApp::launch(figment(settings), clock, (self.folder.clone(), self.url.clone()), build).await
    }

    /// Opens the sessions as a launch does, with `url` in place of the URL of this schema.
    pub fn open(url: &str, settings: &str) -> Result<Sessions, String> {
        let figment = figment(settings).merge(("databases.sessions.url", url));
        Sessions::open(&figment).map_err(|error| error.to_string())
    }

    /// Opens a connection to the schema, as another program would.
    pub fn connection(&self) -> DbConnection {
        connect(&self.url)
    }

    /// Runs statements as another program would.
    pub fn run(&self, statements: &str) {
        self.connection().batch_execute(statements).unwrap();
    }

    /// Closes all connections of the application, as a restart of the server does, and waits until they are closed.
    pub fn close_connections(&self) -> i64 {
        let name = &self.name;
        let closed = self.count(&format!(
            "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 60000)) FROM pg_stat_activity \
             WHERE application_name = '{name}'"
        ));
        assert!(closed > 0, "the application should have connections");
        closed
    }

    /// Returns the number that a query returns.
    pub fn count(&self, query: &str) -> i64 {
        diesel::select(sql::<BigInt>(&format!("({query})"))).get_result(&mut self.connection()).unwrap()
    }
}

fn figment(settings: &str) -> Figment {
    let toml = format!("[default]\nsecret_key = '{SECRET_KEY}'\nsession.sweep_interval = 0\n{settings}");
    Figment::from(Config::debug_default()).merge(Toml::string(&toml).nested())
}
