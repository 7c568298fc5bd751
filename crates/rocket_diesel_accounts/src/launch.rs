//! From a configuration to the accounts.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use rocket::figment::Figment;
use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::{LaunchError, Sessions};

use crate::accounts::Accounts;
use crate::settings::Settings;

/// The migrations of this library's tables.
///
/// A launch applies them, unless the setting `auto_migrate` of the sessions is false. Copy the files into the `migrations`
/// folder of your application under the same names, so that the `diesel` command knows them too.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

impl Accounts {
    /// Opens the accounts of a configuration, for programs without Rocket, such as a command. If `auto_migrate` is on,
    /// applies the pending migrations of the sessions and of the accounts.
    ///
    /// # Errors
    ///
    /// The errors of a launch: a setting that is not allowed, or a database that is away or not migrated.
    pub fn open(figment: &Figment) -> Result<Self, LaunchError> {
        let sessions = Sessions::open(figment)?;
        let database = Database::connect(&Config::extract(figment)?)?;
        Self::launch(figment, sessions, database)
    }

    pub(crate) fn launch(figment: &Figment, sessions: Sessions, database: Database) -> Result<Self, LaunchError> {
        let settings = Settings::extract(figment)?;
        // The engines "memory" and "cookie" have made no tables, and one of the accounts' indexes is on the table of sessions.
        for migrations in [&rocket_diesel_sessions::MIGRATIONS, &MIGRATIONS] {
            if sessions.settings().auto_migrate {
                for name in database.migrate(migrations)? {
                    rocket::info!("accounts: applied migration {name}");
                }
            } else {
                let names = database.pending_migrations(migrations)?;
                if !names.is_empty() {
                    return Err(LaunchError::Pending { names, profile: figment.profile().to_string() });
                }
            }
        }
        Ok(Self::new(database, sessions, settings))
    }
}
