use diesel::backend::Backend;
use diesel::migration::{self, Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use super::connection::DbConnection;
use super::database::Database;
use super::error::Error;
use super::transaction;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

impl Database {
    /// Applies the pending migrations and returns their names. Blocks its thread.
    ///
    /// Many programs can do this at the same moment: only one of them applies a migration, and the others wait for it.
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
            return Ok(Vec::new()); // without a lock, because the database may be read-only
        }
        let mut conn = self.engine.open()?;
        let conn = &mut conn; // if a migration fails, the transaction ends with the connection
        let mut migrate = || {
            self.engine.begin_migration(conn)?;
            let pending = self.pending(conn, migrations)?;
            conn.run_pending_migrations(Borrowed(migrations))?;
            transaction::commit(conn)?;
            Ok(pending)
        };
        migrate().map_err(|error: AnyError| Error::Migration(error.to_string()))
    }

    /// Returns the names of the migrations that [`migrate`](Self::migrate) would apply. Blocks its thread.
    ///
    /// # Errors
    ///
    /// The errors of [`migrate`](Self::migrate).
    pub fn pending_migrations(&self, migrations: &EmbeddedMigrations) -> Result<Vec<String>, Error> {
        let mut conn = self.engine.open()?;
        self.pending(&mut conn, migrations).map_err(|error| Error::Migration(error.to_string()))
    }

    /// Like Diesel's own method. But that one creates the table in which it records the migrations, for which a server's
    /// role may have no permission.
    fn pending(&self, conn: &mut DbConnection, migrations: &EmbeddedMigrations) -> Result<Vec<String>, AnyError> {
        let table = __diesel_schema_migrations::table;
        let applied: Vec<String> = match self.engine.has_table(conn, "__diesel_schema_migrations")? {
            true => table.select(__diesel_schema_migrations::version).load(conn)?,
            false => Vec::new(),
        };
        let mut all: Vec<Box<dyn Migration<<DbConnection as Connection>::Backend>>> = migrations.migrations()?;
        all.retain(|migration| !applied.contains(&migration.name().version().to_string()));
        Ok(all.iter().map(|migration| migration.name().to_string()).collect())
    }

    /// Returns those of `tables` that are not in the database. Blocks its thread.
    pub(crate) fn missing_tables(
        &self,
        tables: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<&'static str>, Error> {
        let mut conn = self.engine.open()?;
        let mut missing = Vec::new();
        for table in tables {
            if !self.engine.has_table(&mut conn, table)? {
                missing.push(table);
            }
        }
        Ok(missing)
    }
}

/// Migrations that can be read more than once: Diesel's methods take the source itself.
struct Borrowed<'a>(&'a EmbeddedMigrations);

impl<DB: Backend> MigrationSource<DB> for Borrowed<'_> {
    fn migrations(&self) -> migration::Result<Vec<Box<dyn Migration<DB>>>> {
        self.0.migrations()
    }
}
