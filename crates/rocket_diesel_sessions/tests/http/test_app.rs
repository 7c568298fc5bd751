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
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::{Clock, Session, SessionFairing};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::log;
use crate::visitor::Visitor;

/// A secret key that is used nowhere else.
pub const OWN_KEY: &str = "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=";

/// An application with a database of its own.
pub struct TestApp {
    pub client: Client,
    pub clock: TestClock,
    url: String,
    folder: Arc<TempDir>,
}

/// A row of the table as another program sees it.
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
    /// Routes under `/`, with default settings.
    pub async fn new(routes: Vec<Route>) -> Self {
        Self::with("", |rocket| rocket.mount("/", routes)).await
    }

    /// Settings as lines under `[default.session]`, and an application to build on.
    pub async fn with(settings: &str, build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Self {
        Self::between(settings, |rocket| rocket, build).await
    }

    /// A session fairing with something of the program's own, and routes under `/`.
    pub async fn with_own(own: impl FnOnce(SessionFairing) -> SessionFairing, routes: Vec<Route>) -> Self {
        let (clock, folder) = (TestClock::default(), new_folder());
        let fairing = own(Session::fairing().clock(clock.clone()));
        Self::launch(figment(OWN_KEY, ""), clock, folder, |figment| {
            rocket::custom(figment).attach(fairing).mount("/", routes)
        })
        .await
    }

    /// Another fairing, attached before the sessions'.
    pub async fn with_outer(fairing: impl Fairing, routes: Vec<Route>) -> Self {
        Self::between("", |rocket| rocket.attach(fairing), |rocket| rocket.mount("/", routes)).await
    }

    /// The application once more, on the same database, at the same time, with other settings and another secret key.
    pub async fn again(&self, key: &str, settings: &str, build: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Self {
        let (clock, folder) = (self.clock.clone(), self.folder.clone());
        Self::assemble(key, settings, clock, folder, |rocket| rocket, build).await
    }

    pub async fn between(
        settings: &str,
        before: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
        after: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        Self::assemble(OWN_KEY, settings, TestClock::default(), new_folder(), before, after).await
    }

    async fn assemble(
        key: &str,
        settings: &str,
        clock: TestClock,
        folder: Arc<TempDir>,
        before: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
        after: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        let fairing = Session::fairing().clock(clock.clone());
        let build = |figment| after(before(rocket::custom(figment)).attach(fairing));
        Self::launch(figment(key, settings), clock, folder, build).await
    }

    /// Launches what `build` makes of the configuration, with a database file in `folder`.
    pub async fn launch(
        figment: Figment,
        clock: TestClock,
        folder: Arc<TempDir>,
        build: impl FnOnce(Figment) -> Rocket<Build>,
    ) -> Self {
        log::listen();
        count_statements();
        let url = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
        let rocket = build(figment.merge(("databases.sessions.url", &url)));
        let client = Client::untracked(rocket).await.expect("the application launches");
        Self { client, clock, url, folder }
    }

    /// A browser without cookies.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor::new(self)
    }

    pub fn connection(&self) -> SqliteConnection {
        // By another name than the application's, so that these statements are not counted.
        SqliteConnection::establish(&format!("file:{}", self.url)).unwrap()
    }

    pub fn has_database(&self) -> bool {
        std::path::Path::new(&self.url).exists()
    }

    pub fn rows(&self) -> Vec<Row> {
        sessions::table.load(&mut self.connection()).unwrap()
    }

    /// What a copy of the database's file alone has; nothing, where even the table is in the journal.
    pub fn rows_without_the_journal(&self) -> Vec<Row> {
        let copy = self.folder.path().join("copy");
        std::fs::copy(&self.url, &copy).unwrap();
        let mut conn = SqliteConnection::establish(copy.to_str().unwrap()).unwrap();
        sessions::table.load(&mut conn).unwrap_or_default()
    }

    /// The only row.
    pub fn row(&self) -> Row {
        let [row] = <[Row; 1]>::try_from(self.rows()).expect("exactly one row");
        row
    }

    /// The data of the only row.
    pub fn data(&self) -> serde_json::Value {
        serde_json::from_str(&self.row().session_data).unwrap()
    }

    pub fn delete_rows(&self) {
        diesel::delete(sessions::table).execute(&mut self.connection()).unwrap();
    }

    /// From now on every statement on sessions fails.
    pub fn drop_table(&self) {
        diesel::sql_query("DROP TABLE sessions").execute(&mut self.connection()).unwrap();
    }

    /// The statements on sessions that the application ran since the last call.
    pub fn statements(&self) -> Vec<String> {
        let url = format!("file:{}?mode=rw", self.url); // with which the application opens a file that is there
        STATEMENTS.lock().unwrap().remove(&url).unwrap_or_default()
    }
}

fn figment(key: &str, settings: &str) -> Figment {
    // The sweeper sweeps in the tests that are about it, and in no other's table.
    let sweeper = if settings.contains("sweep_interval") { "" } else { "sweep_interval = 0" };
    let toml = format!("[default]\nsecret_key = '{key}'\n[default.session]\n{sweeper}\n{settings}");
    Figment::from(Config::debug_default()).merge(Toml::string(&toml).nested())
}

pub fn new_folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

/// Begins at the real time and moves only when told to.
#[derive(Clone)]
pub struct TestClock(Arc<Dial>);

struct Dial {
    seconds: AtomicI64,
    naps: (UnboundedSender<StdDuration>, AsyncMutex<UnboundedReceiver<StdDuration>>),
    moved: Notify,
}

impl Default for TestClock {
    fn default() -> Self {
        let (fall_asleep, asleep) = unbounded_channel();
        Self(Arc::new(Dial {
            seconds: AtomicI64::new(OffsetDateTime::now_utc().unix_timestamp()),
            naps: (fall_asleep, AsyncMutex::new(asleep)),
            moved: Notify::new(),
        }))
    }
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.seconds.fetch_add(by.whole_seconds(), Ordering::SeqCst);
        self.0.moved.notify_waiters();
    }

    /// Returns when somebody has fallen asleep since the last call, and for how long they want to.
    pub async fn asleep(&self) -> StdDuration {
        self.0.naps.1.lock().await.recv().await.expect("the clock itself can send")
    }
}

#[rocket::async_trait]
impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.seconds.load(Ordering::SeqCst)).unwrap()
    }

    async fn sleep(&self, duration: StdDuration) {
        let end = self.now() + duration;
        let mut told = false;
        while self.now() < end {
            let mut moved = std::pin::pin!(self.0.moved.notified());
            moved.as_mut().enable(); // before anybody is told, so that no move is missed
            if !std::mem::replace(&mut told, true) {
                self.0.naps.0.send(duration).unwrap();
            }
            moved.await;
        }
    }
}

/// The statements on sessions, by the URL of the connection that ran them.
static STATEMENTS: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

fn count_statements() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(Counter::default()))).unwrap());
}

#[derive(Default)]
struct Counter {
    url: String,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => self.url = url.to_owned(),
            InstrumentationEvent::StartQuery { query, .. } => {
                let query = query.to_string();
                if query.contains("`sessions`") {
                    STATEMENTS.lock().unwrap().entry(self.url.clone()).or_default().push(query);
                }
            }
            _ => {}
        }
    }
}
