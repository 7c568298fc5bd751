//! From a configuration to the services of an application.

use std::sync::Arc;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use rocket::figment::Figment;

use crate::clock::{Clock, SystemClock};
use crate::db::{self, Config, Database, Instruments};
use crate::event::Observers;
use crate::request::Services;
use crate::settings::{Engine, InvalidSetting, Settings, check_secret_key};
use crate::store::{DieselStore, MemoryStore, Store};

/// The migrations of this library's tables.
///
/// A launch applies them, unless the setting `auto_migrate` is false. Copy the files into the `migrations` folder of your
/// application under the same names, so that the `diesel` command knows them too.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The tables of this library, each with the migration that makes it.
const TABLES: [(&str, &str); 2] =
    [("sessions", "2026-11-23-000000_create_sessions"), ("replaced_keys", "2026-11-27-000000_create_replaced_keys")];

/// Why a launch, or [`Sessions::open`](crate::Sessions::open), was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// A setting of `[default.session]` is not allowed.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The secret key is missing, or it is the one that is published with the tutorial where others could use it.
    #[error("{0}")]
    SecretKey(String),
    /// The database can't be used, or its configuration is wrong.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// Migrations are pending, and the setting `auto_migrate` is false.
    #[error(
        "the database is not migrated, pending: {}. Type `diesel migration run`, or, if this program has the command, \
         `ROCKET_PROFILE={profile} cargo run -- migrate`", .names.join(", ")
    )]
    Pending {
        /// The names of the migrations.
        names: Vec<String>,
        /// The profile of the database.
        profile: String,
    },
    /// A table is missing although its migration is recorded, so no migration makes it again. Somebody has dropped it.
    #[error("the database has no table {}, although its migration is recorded as applied. {advice}", .tables.join(", "))]
    TablesDropped {
        /// The names of the tables.
        tables: Vec<&'static str>,
        /// What brings the tables back.
        advice: String,
    },
}

/// What a program sets on the fairing.
#[derive(Clone)]
pub(crate) struct Options {
    pub store: Option<Arc<dyn Store>>,
    pub clock: Arc<dyn Clock>,
    pub observers: Observers,
    pub instruments: Option<Instruments>,
    /// The application's own migrations.
    pub migrations: Vec<Arc<EmbeddedMigrations>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            store: None,
            clock: Arc::new(SystemClock),
            observers: Observers::default(),
            instruments: None,
            migrations: Vec::new(),
        }
    }
}

/// What a launch has opened.
pub(crate) struct Launched {
    pub services: Services,
    /// `None` if the sessions are not kept in a database of this library.
    pub database: Option<Database>,
}

/// Reads the configuration and opens what it names.
pub(crate) fn launch(figment: &Figment, options: Options) -> Result<Launched, LaunchError> {
    let settings = Settings::extract(figment)?;
    if options.store.is_some() && settings.engine == Engine::Cookie {
        let reason = "session.engine = \"cookie\" keeps nothing in the store that the program has set";
        return Err(InvalidSetting::new(reason).into());
    }
    let Options { store, clock, observers, instruments, migrations } = options;
    let (store, database): (Option<Arc<dyn Store>>, _) = match (store, settings.engine) {
        (Some(store), _) => (Some(store), None),
        (None, Engine::Cookie) => (None, None),
        (None, Engine::Memory) => (Some(Arc::new(MemoryStore::default())), None),
        (None, Engine::Db) => {
            let config = Config { instruments, ..Config::extract(figment)? };
            let database = Database::connect(&config)?;
            refuse_dropped_tables(&database, &config)?;
            let migrations = migrations.iter().map(Arc::as_ref);
            match settings.auto_migrate {
                true => {
                    for name in migrate(&database, migrations)? {
                        rocket::info!("database: applied migration {name}");
                    }
                }
                false => refuse_pending(&database, figment, migrations)?,
            }
            (Some(Arc::new(DieselStore::new(database.clone()))), Some(database))
        }
    };
    let services = Services { store, clock, settings: Arc::new(settings), observers, secret_keys: Arc::default() };
    Ok(Launched { services, database })
}

/// Refuses a secret key that anybody may know. A launch checks this; a command needs no key.
pub(crate) fn refuse_published_key(figment: &Figment) -> Result<(), LaunchError> {
    check_secret_key(figment).map_err(LaunchError::SecretKey)
}

/// Refuses a database of which somebody has dropped a table. The error says how to make an empty one.
pub(crate) fn refuse_dropped_tables(database: &Database, config: &Config) -> Result<(), LaunchError> {
    let pending = database.pending_migrations(&MIGRATIONS)?;
    let is_recorded = |migration: &str| !pending.iter().any(|name| name == migration);
    let recorded = TABLES.iter().filter(|(_, migration)| is_recorded(migration)).map(|(table, _)| *table);
    let tables = database.missing_tables(recorded)?;
    if tables.is_empty() {
        return Ok(());
    }
    let dropped = TABLES.iter().filter(|(table, _)| tables.contains(table));
    let versions: Vec<String> = dropped.map(|(_, migration)| format!("'{}'", version(migration))).collect();
    let open = match config.is_postgres() {
        true => format!("psql \"{}\" -c", config.shown_url()),
        false => format!("sqlite3 \"{}\"", config.path().display()),
    };
    let advice = format!(
        "Restore a backup. Or make an empty table: stop the server and type `{open} \"DELETE FROM \
         __diesel_schema_migrations WHERE version IN ({})\"`. Then the migration is pending again: launch or migrate as usual",
        versions.join(", ")
    );
    Err(LaunchError::TablesDropped { tables, advice })
}

/// Returns the version under which Diesel records a migration: the digits before the first `_`.
fn version(migration: &str) -> String {
    migration.split('_').next().unwrap_or_default().replace('-', "")
}

/// Applies the pending migrations and returns their names: this library's, then the application's.
pub(crate) fn migrate<'a>(
    database: &Database,
    migrations: impl IntoIterator<Item = &'a EmbeddedMigrations>,
) -> Result<Vec<String>, db::Error> {
    let mut names = Vec::new();
    for migrations in [&MIGRATIONS].into_iter().chain(migrations) {
        names.extend(database.migrate(migrations)?);
    }
    Ok(names)
}

/// Returns the names of the pending migrations: this library's, then the application's.
pub(crate) fn all_pending<'a>(
    database: &Database,
    migrations: impl IntoIterator<Item = &'a EmbeddedMigrations>,
) -> Result<Vec<String>, db::Error> {
    let mut names = Vec::new();
    for migrations in [&MIGRATIONS].into_iter().chain(migrations) {
        let pending = database.pending_migrations(migrations)?;
        names.extend(pending.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    Ok(names)
}

/// Refuses a database on which a migration is pending: of this library, or of the application.
pub(crate) fn refuse_pending<'a>(
    database: &Database,
    figment: &Figment,
    migrations: impl IntoIterator<Item = &'a EmbeddedMigrations>,
) -> Result<(), LaunchError> {
    let names = all_pending(database, migrations)?;
    match names.is_empty() {
        true => Ok(()),
        false => Err(LaunchError::Pending { names, profile: figment.profile().to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_a_migration_makes_is_in_the_list_of_tables() {
        let mut made = Vec::new();
        for folder in std::fs::read_dir("migrations").unwrap() {
            let folder = folder.unwrap().path();
            let sql = std::fs::read_to_string(folder.join("up.sql")).unwrap();
            let migration = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let tables =
                sql.split("CREATE TABLE ").skip(1).map(|rest| rest.split_whitespace().next().unwrap().to_owned());
            made.extend(tables.map(|table| (table, migration.clone())));
        }
        made.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(made, TABLES.map(|(table, migration)| (table.into(), migration.into())));
    }
}
