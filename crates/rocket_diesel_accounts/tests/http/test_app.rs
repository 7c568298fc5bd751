use std::path::Path;
use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::local::asynchronous::Client;
use rocket::{Build, Config, Rocket};
use rocket_diesel_accounts::schema::{audit_log, sign_in_attempts, users};
use rocket_diesel_accounts::{Accounts, Admin};
use rocket_diesel_sessions::db::DbConnection;
use rocket_diesel_sessions::schema::sessions;
use rocket_diesel_sessions::testing::{connect, new_database};
use rocket_diesel_sessions::{SecurityHeaders, Session};
use rocket_dyn_templates::Template;
use tempfile::TempDir;
use time::PrimitiveDateTime;

use crate::clock::TestClock;
use crate::visitor::Visitor;
use crate::{log, routes};

/// A secret key for the tests only.
const SECRET_KEY: &str = "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=";

/// The password of every user of the tests.
pub const PASSWORD: &str = "correct horse battery staple";
/// A password that is allowed, and nobody's.
pub const NEW_PASSWORD: &str = "seven green umbrellas sing";

/// A launched application with its own database and a clock that the test moves.
pub struct TestApp {
    pub client: Client,
    pub clock: TestClock,
    url: String,
    _folder: TempDir,
}

/// A row of the table `users`, as another program writes it.
#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = users)]
pub struct UserRow {
    pub id: String,
    pub name: String,
    pub name_key: String,
    pub password_hash: String,
    pub stamp: String,
    pub is_staff: i16,
    pub is_superuser: i16,
    pub is_active: i16,
    pub created_at: PrimitiveDateTime,
    pub last_login: Option<PrimitiveDateTime>,
}

/// A row of the table `audit_log`.
#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = audit_log)]
pub struct AuditRow {
    pub id: String,
    pub at: PrimitiveDateTime,
    pub actor: Option<String>,
    pub action: String,
    pub object: Option<String>,
    pub detail: Option<String>,
    pub address: Option<String>,
}

/// A row of the table `sessions`.
#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub session_key: String,
    pub session_data: String,
    pub expire_date: PrimitiveDateTime,
    pub created_at: PrimitiveDateTime,
    pub version: i64,
    pub owner: Option<String>,
    pub expiry: Option<String>,
}

/// What a user of a test may do.
#[derive(Clone, Copy, PartialEq)]
pub enum Rank {
    User,
    Staff,
    Superuser,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with_settings("").await
    }

    /// Launches an application with these lines of Rocket.toml under `[default]`, for example `session.engine = "memory"`.
    pub async fn with_settings(settings: &str) -> Self {
        Self::with_setup(settings, &[], |rocket| rocket).await
    }

    /// Launches an application in a profile of its own settings, for example `release`.
    pub async fn with_profile(profile: &str) -> Self {
        Self::launch(profile, "", &[], |rocket| rocket).await
    }

    /// Launches an application with these templates, by path. `build` adds fairings, routes and state after the others.
    pub async fn with_setup(
        settings: &str,
        templates: &[(&str, &str)],
        build: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        Self::launch("debug", settings, templates, build).await
    }

    async fn launch(
        profile: &str,
        settings: &str,
        templates: &[(&str, &str)],
        build: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        log::capture();
        let (clock, folder) = (TestClock::default(), tempfile::tempdir().unwrap());
        for (path, source) in templates {
            let path = folder.path().join("templates").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, source).unwrap();
        }
        let url = new_database(folder.path());
        let rocket = rocket::custom(figment(settings, folder.path(), &url).select(profile))
            .attach(Session::fairing().clock(clock.clone()))
            .attach(Template::custom(Accounts::templates))
            .attach(SecurityHeaders::fairing())
            .attach(Accounts::fairing())
            .attach(Admin::fairing())
            .manage(routes::Breakpoint::default())
            .mount("/", routes::routes());
        let client = Client::untracked(build(rocket)).await.expect("the application should launch");
        Self { client, clock, url, _folder: folder }
    }

    pub fn accounts(&self) -> &Accounts {
        self.client.rocket().state().expect("Accounts::fairing() is attached")
    }

    /// Returns a new browser without cookies.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor::new(self)
    }

    /// Adds a user with [`PASSWORD`], and returns their id.
    pub fn add(&self, name: &str, rank: Rank) -> String {
        let id = format!("{:032x}", self.users().len() + 1);
        self.insert_user(UserRow {
            id: id.clone(),
            name: name.into(),
            name_key: name.to_lowercase(),
            password_hash: HASH.clone(),
            stamp: format!("stamp of {id}"),
            is_staff: (rank != Rank::User).into(),
            is_superuser: (rank == Rank::Superuser).into(),
            is_active: 1,
            created_at: self.clock.column(),
            last_login: None,
        });
        id
    }

    /// Adds a user, and returns a browser in which they are signed in.
    pub async fn signed_in(&self, name: &str, rank: Rank) -> Visitor<'_> {
        self.add(name, rank);
        self.sign_in(name).await
    }

    /// Returns another browser in which a user is signed in.
    pub async fn sign_in(&self, name: &str) -> Visitor<'_> {
        let visitor = self.visitor();
        let page = visitor.sign_in(name, PASSWORD).await;
        assert_eq!(page.status.code, 303, "{name} should be signed in: {}", page.body);
        visitor
    }

    /// Opens a connection to the database, as another program would.
    pub fn connection(&self) -> DbConnection {
        connect(&self.url)
    }

    /// On a server, keeps others from changing users, until COMMIT. They can read. SQLite has no such lock.
    pub fn lock_users(&self) -> Option<DbConnection> {
        let mut conn = self.url.starts_with("postgres").then(|| self.connection())?;
        conn.batch_execute("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE").unwrap();
        Some(conn)
    }

    /// Returns how many transactions wait for [`lock_users`](Self::lock_users).
    pub fn waiting_for_users(&self) -> i64 {
        let waiting = "(SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted)";
        diesel::select(sql::<BigInt>(waiting)).get_result(&mut self.connection()).unwrap()
    }

    pub fn sql(&self, statement: &str) {
        diesel::sql_query(statement).execute(&mut self.connection()).unwrap();
    }

    pub fn insert_user(&self, row: UserRow) {
        diesel::insert_into(users::table).values(row).execute(&mut self.connection()).unwrap();
    }

    pub fn insert_audit(&self, rows: &[AuditRow]) {
        let insert = |conn: &mut DbConnection| {
            rows.iter().try_for_each(|row| diesel::insert_into(audit_log::table).values(row).execute(conn).map(drop))
        };
        self.connection().transaction::<_, diesel::result::Error, _>(insert).unwrap();
    }

    pub fn insert_sessions(&self, rows: &[SessionRow]) {
        let insert = |conn: &mut DbConnection| {
            rows.iter().try_for_each(|row| diesel::insert_into(sessions::table).values(row).execute(conn).map(drop))
        };
        self.connection().transaction::<_, diesel::result::Error, _>(insert).unwrap();
    }

    pub fn users(&self) -> Vec<UserRow> {
        users::table.order(users::id).load(&mut self.connection()).unwrap()
    }

    /// Returns the row of a user. Panics if there is none.
    pub fn user(&self, name: &str) -> UserRow {
        self.users().into_iter().find(|user| user.name == name).expect("the user should exist")
    }

    pub fn sessions(&self) -> Vec<SessionRow> {
        sessions::table.order(sessions::session_key).load(&mut self.connection()).unwrap()
    }

    /// Returns the handle of the only session of this user.
    pub fn handle_of(&self, id: &str) -> String {
        let own = self.sessions().into_iter().filter(|session| session.owner.as_deref() == Some(id));
        let [one] = <[SessionRow; 1]>::try_from(own.collect::<Vec<_>>()).expect("the user should have one session");
        one.session_key
    }

    /// Returns the audit log, the oldest entry first.
    pub fn audit_log(&self) -> Vec<AuditRow> {
        audit_log::table.order(audit_log::id).load(&mut self.connection()).unwrap()
    }

    /// Returns the newest entry of the audit log as `actor / action / object / detail / address`.
    pub fn last_audit(&self) -> String {
        let row = self.audit_log().pop().expect("the log should have an entry");
        let text = |field: Option<String>| field.unwrap_or_else(|| "-".into());
        [text(row.actor), row.action, text(row.object), text(row.detail), text(row.address)].join(" / ")
    }

    /// Returns every text of every table, as a thief of the database file has it.
    pub fn dump(&self) -> Vec<String> {
        let users =
            self.users().into_iter().flat_map(|row| [row.id, row.name, row.name_key, row.password_hash, row.stamp]);
        let sessions = self.sessions().into_iter().flat_map(|row| {
            [Some(row.session_key), Some(row.session_data), row.owner, row.expiry].into_iter().flatten()
        });
        let audit_log = self.audit_log().into_iter().flat_map(|row| {
            [Some(row.id), row.actor, Some(row.action), row.object, row.detail, row.address].into_iter().flatten()
        });
        let keys = sign_in_attempts::table.select(sign_in_attempts::attempt_key).load::<String>(&mut self.connection());
        users.chain(sessions).chain(audit_log).chain(keys.unwrap()).collect()
    }

    /// Returns how many counters of failed sign-ins there are.
    pub fn counters(&self) -> i64 {
        sign_in_attempts::table.count().get_result(&mut self.connection()).unwrap()
    }
}

/// Returns the configuration with these lines under `[default]`, the database at `url` and templates in `folder`.
pub fn figment(settings: &str, folder: &Path, url: &str) -> Figment {
    let toml = format!("[default]\nsecret_key = '{SECRET_KEY}'\nsession.sweep_interval = 0\n{settings}");
    let templates = folder.join("templates");
    std::fs::create_dir_all(&templates).unwrap();
    Figment::from(Config::debug_default())
        .merge(Toml::string(&toml).nested())
        .merge(("template_dir", templates))
        .merge(("databases.sessions.url", url))
}

/// The hash of [`PASSWORD`].
static HASH: LazyLock<String> =
    LazyLock::new(|| Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string());
