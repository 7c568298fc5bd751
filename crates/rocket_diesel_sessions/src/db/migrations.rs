use diesel::connection::SimpleConnection;
use diesel::migration::{self, Migration, MigrationSource};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use super::database::Database;
use super::error::{Error, ErrorKind};
use super::sqlite;

impl Database {
    /// Applies the pending migrations and returns their names. Blocks its thread.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// use rocket_diesel_sessions::MIGRATIONS;
    /// use rocket_diesel_sessions::db::{Config, Database};
    ///
    /// let database = Database::connect(&Config::new(path.to_str().unwrap()))?;
    /// assert_eq!(database.migrate(&MIGRATIONS)?[0], "2026-11-23-000000_create_sessions");
    /// assert!(database.migrate(&MIGRATIONS)?.is_empty());
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`], [`Error::Migration`]; [`Error::FileLost`] if the file was moved.
    pub fn migrate(&self, migrations: &EmbeddedMigrations) -> Result<Vec<String>, Error> {
        if self.pending_migrations(migrations)?.is_empty() {
            return Ok(Vec::new()); // without a lock, because the file may be read-only
        }
        let mut conn = sqlite::open(&self.config, &self.file)?;
        // All in one transaction: of two programs that start together on a new file, only one may make the tables.
        let applied = conn.immediate_transaction::<_, Box<dyn std::error::Error + Send + Sync>, _>(|conn| {
            let pending = names(&conn.pending_migrations(Borrowed(migrations))?);
            conn.run_pending_migrations(Borrowed(migrations))?;
            Ok(pending)
        });
        applied.map_err(|error| Error::Migration(error.to_string()))
    }

    /// Returns the names of the migrations that [`migrate`](Self::migrate) would apply. Blocks its thread, and makes the
    /// table in which Diesel records the applied migrations.
    ///
    /// # Errors
    ///
    /// The errors of [`migrate`](Self::migrate).
    pub fn pending_migrations(&self, migrations: &EmbeddedMigrations) -> Result<Vec<String>, Error> {
        let mut conn = sqlite::open(&self.config, &self.file)?;
        let pending = conn.pending_migrations(Borrowed(migrations));
        pending.map(|all| names(&all)).map_err(|error| Error::Migration(error.to_string()))
    }

    /// Returns those of `tables` that are not in the database. Blocks its thread.
    pub(crate) fn missing_tables(
        &self,
        tables: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<&'static str>, Error> {
        let mut conn = sqlite::open(&self.config, &self.file)?;
        let mut missing = Vec::new();
        for table in tables {
            match conn.batch_execute(&format!("SELECT 1 FROM {table} LIMIT 0")) {
                Err(error) if ErrorKind::of(&error) == ErrorKind::NotMigrated => missing.push(table),
                result => result?,
            }
        }
        Ok(missing)
    }
}

fn names(migrations: &[Box<dyn Migration<Sqlite>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

/// Migrations that can be read more than once: Diesel's methods take the source itself.
struct Borrowed<'a>(&'a EmbeddedMigrations);

impl MigrationSource<Sqlite> for Borrowed<'_> {
    fn migrations(&self) -> migration::Result<Vec<Box<dyn Migration<Sqlite>>>> {
        self.0.migrations()
    }
}
