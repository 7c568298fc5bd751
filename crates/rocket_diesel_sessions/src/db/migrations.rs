use diesel::migration::{self, Migration, MigrationSource};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use super::database::Database;
use super::error::Error;
use super::sqlite;

impl Database {
    /// Applies the pending migrations, all or none of them, and returns their names. Blocks the thread.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// use rocket_diesel_sessions::MIGRATIONS;
    /// use rocket_diesel_sessions::db::{Config, Database};
    ///
    /// let database = Database::connect(&Config::new(path.to_str().unwrap()))?;
    /// assert_eq!(database.migrate(&MIGRATIONS)?, ["2026-11-23-000000_create_sessions"]);
    /// assert!(database.migrate(&MIGRATIONS)?.is_empty());
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Migration`] if a migration fails.
    /// - [`Error::Connect`] if no connection can be opened.
    /// - [`Error::FileLost`] if somebody has moved or replaced the file.
    pub fn migrate(&self, migrations: &EmbeddedMigrations) -> Result<Vec<String>, Error> {
        if self.pending_migrations(migrations)?.is_empty() {
            return Ok(Vec::new()); // without a lock, because the file may be read-only
        }
        let open_files = self.file.lock_shared();
        let mut conn = sqlite::open_checked(&self.config, || self.file.check_against(&open_files).map(drop))?;
        // They share one transaction, because only one of two programs that start on a new file may create the tables.
        let applied = conn.immediate_transaction::<_, Box<dyn std::error::Error + Send + Sync>, _>(|conn| {
            let pending = names(&conn.pending_migrations(Borrowed(migrations))?);
            conn.run_pending_migrations(Borrowed(migrations))?;
            Ok(pending)
        });
        applied.map_err(|error| Error::Migration(error.to_string()))
    }

    /// Returns the names of the migrations that [`migrate`](Self::migrate) would apply. Blocks the thread, and creates
    /// the table in which Diesel records the applied migrations.
    ///
    /// # Errors
    ///
    /// The same as [`migrate`](Self::migrate).
    pub fn pending_migrations(&self, migrations: &EmbeddedMigrations) -> Result<Vec<String>, Error> {
        let open_files = self.file.lock_shared();
        let mut conn = sqlite::open_checked(&self.config, || self.file.check_against(&open_files).map(drop))?;
        let pending = conn.pending_migrations(Borrowed(migrations));
        pending.map(|all| names(&all)).map_err(|error| Error::Migration(error.to_string()))
    }
}

fn names(migrations: &[Box<dyn Migration<Sqlite>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

/// A reference to migrations. Diesel's methods take the source by value, and `migrate` needs it twice.
struct Borrowed<'a>(&'a EmbeddedMigrations);

impl MigrationSource<Sqlite> for Borrowed<'_> {
    fn migrations(&self) -> migration::Result<Vec<Box<dyn Migration<Sqlite>>>> {
        self.0.migrations()
    }
}
