use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Once};
use std::time::Duration as StdDuration;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use rocket::fairing::Fairing;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::local::asynchronous::Client;
use rocket::tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use rocket::tokio::sync::{Mutex as AsyncMutex, Notify};
use rocket::{Build, Config, Rocket, Route};
use rocket_diesel_sessions::db::DbConnection;
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::testing::{connect, new_database};
use rocket_diesel_sessions::{Clock, Session, SessionFairing};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::log;
use crate::visitor::Visitor;

/// A secret key for the tests only.
pub const SECRET_KEY: &str = "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=";

/// A launched application with its own database and a clock that the test moves.
pub struct TestApp {
    pub client: Client,
    pub clock: TestClock,
    url: String,
    folder: Arc<TempDir>,
}

/// A row of the table, as another program reads it.
#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Row {
    pub session_key: String,
    pub session_data: String,
    pub expire_date: PrimitiveDateTime,
    pub created_at: PrimitiveDateTime,
    pub version: i64,
    pub owner: Option<String>,
    pub expiry: Option<String>,
}

impl TestApp {
    /// Launches an application with these routes under `/` and the default settings.
    pub async fn new(routes: Vec<Route>) -> Self {
        Self::with_settings("", |rocket| rocket.mount("/", routes)).await
    }

    /// Launches an application with these settings, which are lines under `[default.session]`. `build` adds fairings,
    /// routes and state after the session fairing.
    pub async fn with_settings(settings: &str, build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Self {
        Self::with_setup(settings, |rocket| rocket, build).await
    }

    /// Launches an application with the session fairing that `configure` returns and these routes under `/`.
    pub async fn with_session_fairing(
        configure: impl FnOnce(SessionFairing) -> SessionFairing,
        routes: Vec<Route>,
    ) -> Self {
        let (clock, folder) = (TestClock::default(), new_folder());
        let fairing = configure(Session::fairing().clock(clock.clone()));
        Self::launch(figment(SECRET_KEY, ""), clock, folder, |figment| {
            rocket::custom(figment).attach(fairing).mount("/", routes)
        })
        .await
    }

    /// Launches an application that attaches `fairing` before the session fairing.
    pub async fn with_earlier_fairing(fairing: impl Fairing, routes: Vec<Route>) -> Self {
        Self::with_setup("", |rocket| rocket.attach(fairing), |rocket| rocket.mount("/", routes)).await
    }

    /// Launches a second application with its own secret key and settings. It uses the same database and the same
    /// clock, and the first application keeps running.
    pub async fn launch_another(
        &self,
        key: &str,
        settings: &str,
        build: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        let (clock, folder) = (self.clock.clone(), (self.folder.clone(), self.url.clone()));
        Self::launch_with_setup(key, settings, clock, folder, |rocket| rocket, build).await
    }

    /// Launches an application. `before` attaches fairings before the session fairing. `after` adds fairings, routes
    /// and state after it.
    pub async fn with_setup(
        settings: &str,
        before: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
        after: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        Self::launch_with_setup(SECRET_KEY, settings, TestClock::default(), new_folder(), before, after).await
    }

    async fn launch_with_setup(
        key: &str,
        settings: &str,
        clock: TestClock,
        folder: TestFolder,
        before: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
        after: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        let fairing = Session::fairing().clock(clock.clone());
        let build = |figment| after(before(rocket::custom(figment)).attach(fairing));
        Self::launch(figment(key, settings), clock, folder, build).await
    }

    /// Launches the application that `build` makes from the configuration, with a database file in `folder`.
    pub async fn launch(
        figment: Figment,
        clock: TestClock,
        (folder, url): TestFolder,
        build: impl FnOnce(Figment) -> Rocket<Build>,
    ) -> Self {
        log::capture();
        record_statements();
        let rocket = build(figment.merge(("databases.sessions.url", &url)));
        let client = Client::untracked(rocket).await.expect("the application should launch");
        Self { client, clock, url, folder }
    }

    /// Returns a new browser without cookies.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor::new(self)
    }

    /// Opens a connection to the database, as another program would.
    pub fn connection(&self) -> DbConnection {
        // Its URL differs from the one of the application, so `take_statements` does not return these statements.
        connect(&self.url)
    }

    /// Returns whether the database is a file. Some tests are about what only SQLite has.
    pub fn is_sqlite(&self) -> bool {
        !self.url.starts_with("postgres")
    }

    pub fn database_exists(&self) -> bool {
        std::path::Path::new(&self.url).exists()
    }

    pub fn rows(&self) -> Vec<Row> {
        sessions::table.load(&mut self.connection()).unwrap()
    }

    /// Returns the only row of the table. Panics if there are none or several.
    pub fn row(&self) -> Row {
        let [row] = <[Row; 1]>::try_from(self.rows()).expect("the table should have exactly one row");
        row
    }

    /// Returns the data of the only row.
    pub fn data(&self) -> serde_json::Value {
        serde_json::from_str(&self.row().session_data).unwrap()
    }

    pub fn insert_rows(&self, rows: &[Row]) {
        let insert = |conn: &mut DbConnection| {
            rows.iter().try_for_each(|row| diesel::insert_into(sessions::table).values(row).execute(conn).map(drop))
        };
        self.connection().transaction::<_, diesel::result::Error, _>(insert).unwrap();
    }

    pub fn delete_rows(&self) {
        diesel::delete(sessions::table).execute(&mut self.connection()).unwrap();
    }

    /// Drops the table, so that every later statement on sessions fails.
    pub fn drop_table(&self) {
        diesel::sql_query("DROP TABLE sessions").execute(&mut self.connection()).unwrap();
    }

    /// Returns the statements on sessions that the application ran since the last call.
    pub fn take_statements(&self) -> Vec<String> {
        // The application opens an existing file, or a server, with this URL.
        let url = match self.is_sqlite() {
            true => format!("file:{}?mode=rw", self.url),
            false => format!("{}&connect_timeout=5", self.url),
        };
        let mut statements = STATEMENTS.lock().unwrap();
        statements.extract_if(|opened, _| opened.starts_with(&url)).flat_map(|(_, statements)| statements).collect()
    }
}

fn figment(key: &str, settings: &str) -> Figment {
    // The sweeper only runs in the tests that are about it.
    let sweeper = if settings.contains("sweep_interval") { "" } else { "sweep_interval = 0" };
    let toml = format!("[default]\nsecret_key = '{key}'\n[default.session]\n{sweeper}\n{settings}");
    Figment::from(Config::debug_default()).merge(Toml::string(&toml).nested())
}

/// A folder, and the URL of a database that belongs to it.
pub type TestFolder = (Arc<TempDir>, String);

pub fn new_folder() -> TestFolder {
    let folder = tempfile::tempdir().unwrap();
    let url = new_database(folder.path());
    (Arc::new(folder), url)
}

/// A clock that starts at the real time and only moves when a test calls `advance`.
#[derive(Clone)]
pub struct TestClock(Arc<ClockState>);

struct ClockState {
    /// The time, in seconds since the Unix epoch.
    seconds: AtomicI64,
    /// The duration of each sleep that has begun.
    sleeps: (UnboundedSender<StdDuration>, AsyncMutex<UnboundedReceiver<StdDuration>>),
    moved: Notify,
}

impl Default for TestClock {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self(Arc::new(ClockState {
            seconds: AtomicI64::new(OffsetDateTime::now_utc().unix_timestamp()),
            sleeps: (sender, AsyncMutex::new(receiver)),
            moved: Notify::new(),
        }))
    }
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.seconds.fetch_add(by.whole_seconds(), Ordering::SeqCst);
        self.0.moved.notify_waiters();
    }

    /// Waits until a task starts to sleep on this clock, and returns for how long it wants to sleep.
    pub async fn next_sleep(&self) -> StdDuration {
        self.0.sleeps.1.lock().await.recv().await.expect("the clock holds a sender, so the channel stays open")
    }
}

#[rocket::async_trait]
impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.seconds.load(Ordering::SeqCst)).unwrap()
    }

    async fn sleep(&self, duration: StdDuration) {
        let end = self.now() + duration;
        let mut reported = false;
        while self.now() < end {
            let mut moved = std::pin::pin!(self.0.moved.notified());
            // Enabled before the sleep is reported, so that no `advance` is missed.
            moved.as_mut().enable();
            if !std::mem::replace(&mut reported, true) {
                self.0.sleeps.0.send(duration).unwrap();
            }
            moved.await;
        }
    }
}

/// The tables of the library, as statements name them.
const TABLES: [&str; 5] = ["`sessions`", "`replaced_keys`", "\"sessions\"", "\"replaced_keys\"", "UPDATE sessions SET"];

/// The statements on sessions, by the URL of the connection that ran them.
static STATEMENTS: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

fn record_statements() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(StatementRecorder::default()))).unwrap());
}

#[derive(Default)]
struct StatementRecorder {
    url: String,
}

impl Instrumentation for StatementRecorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.url = url.to_owned(),
            InstrumentationEvent::StartQuery { query, .. } => {
                let query = query.to_string();
                if TABLES.iter().any(|table| query.contains(table)) {
                    STATEMENTS.lock().unwrap().entry(self.url.clone()).or_default().push(query);
                }
            }
            _ => {}
        }
    }
}
