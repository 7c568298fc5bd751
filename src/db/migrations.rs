//! The migration of the table `sessions`: applied, or missed at a launch. An application's own tables are its own to
//! migrate.

use diesel::migration::Migration;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rocket::figment::{Figment, Profile};

use super::{Config, Database, Error, sqlite};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

impl Database {
    /// Connects to the database of `[default.databases.sessions]` as a launch does: applies what is pending, or
    /// refuses it.
    ///
    /// ```
    /// use rocket::figment::{Figment, Profile};
    /// use rocket_diesel_sessions::db::{Database, Error};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// let figment = Figment::from(("databases.sessions.url", path));
    /// assert!(matches!(Database::launch(&figment, false), Err(Error::Pending { .. })));
    /// assert!(Database::launch(&figment, true).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Config::extract`], [`connect`](Self::connect) and [`migrate`](Self::migrate); [`Error::Pending`] where
    /// migrations are pending that may not be applied.
    pub fn launch(figment: &Figment, auto_migrate: bool) -> Result<Self, Error> {
        Self::launch_with(&Config::extract(figment)?, figment.profile(), auto_migrate)
    }

    pub(crate) fn launch_with(config: &Config, profile: &Profile, auto_migrate: bool) -> Result<Self, Error> {
        let database = Self::connect(config)?;
        if auto_migrate {
            for migration in database.migrate()? {
                rocket::info!("database: applied migration {migration}");
            }
        } else {
            let pending = database.pending_migrations()?;
            if !pending.is_empty() {
                return Err(Error::Pending { names: pending, profile: profile.to_string() });
            }
        }
        Ok(database)
    }

    /// Applies the pending migrations and names them. It blocks its thread.
    ///
    /// ```
    /// # rocket::async_test(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// # let url = path.to_str().unwrap();
    /// # use rocket_diesel_sessions::db::{Config, Database};
    /// # let database = Database::connect(&Config::new(url))?;
    /// assert_eq!(database.migrate()?, ["2026-11-23-000000_create_sessions"]);
    /// assert!(database.migrate()?.is_empty());
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`], [`Error::Migration`]; [`Error::FileLost`] where somebody has moved the file.
    pub fn migrate(&self) -> Result<Vec<String>, Error> {
        if self.pending_migrations()?.is_empty() {
            return Ok(Vec::new()); // without a lock: the file may be read-only
        }
        let open = self.file.hold();
        let mut conn = sqlite::open_checked(&self.config, || self.file.check_that(&open).map(drop))?;
        // All in one transaction: two programs that start together on a new file must not both make the table.
        let applied = conn.immediate_transaction::<_, Box<dyn std::error::Error + Send + Sync>, _>(|conn| {
            let pending = names(&conn.pending_migrations(MIGRATIONS)?);
            conn.run_pending_migrations(MIGRATIONS)?;
            Ok(pending)
        });
        applied.map_err(|error| Error::Migration(error.to_string()))
    }

    /// The names of the migrations that [`migrate`](Self::migrate) would apply. It blocks its thread, and makes the
    /// table in which Diesel keeps what was applied.
    ///
    /// ```
    /// # rocket::async_test(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// # let url = path.to_str().unwrap();
    /// # use rocket_diesel_sessions::db::{Config, Database};
    /// # let database = Database::connect(&Config::new(url))?;
    /// assert_eq!(database.pending_migrations()?, ["2026-11-23-000000_create_sessions"]);
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`], [`Error::Migration`]; [`Error::FileLost`] where somebody has moved the file.
    pub fn pending_migrations(&self) -> Result<Vec<String>, Error> {
        let open = self.file.hold();
        let mut conn = sqlite::open_checked(&self.config, || self.file.check_that(&open).map(drop))?;
        let pending = conn.pending_migrations(MIGRATIONS);
        pending.map(|all| names(&all)).map_err(|error| Error::Migration(error.to_string()))
    }
}

fn names(migrations: &[Box<dyn Migration<Sqlite>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}
