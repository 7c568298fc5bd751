//! From a configuration to sessions.

use std::sync::Arc;

use rocket::figment::Figment;

use super::clock::{Clock, SystemClock};
use super::event::Observers;
use super::settings::{Engine, InvalidSetting, Settings};
use super::store::{DieselStore, MemoryStore, Store};
use super::{Result, Sessions};
use crate::db::{self, Config, Database, Instruments};

/// Why [`Sessions::open`], or a launch, refused.
///
/// ```
/// use rocket::figment::Figment;
/// use rocket_diesel_sessions::{LaunchError, Sessions};
///
/// let refused = Sessions::open(&Figment::from(("session.cookie_age", 0)));
/// assert!(matches!(refused, Err(LaunchError::Setting(_))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// A setting of `[default.session]`.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The database, or its configuration.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What a program brings of its own.
#[derive(Clone)]
pub(super) struct Own {
    pub store: Option<Arc<dyn Store>>,
    pub clock: Arc<dyn Clock>,
    pub observers: Observers,
    pub instruments: Option<Instruments>,
}

impl Default for Own {
    fn default() -> Self {
        Self { store: None, clock: Arc::new(SystemClock), observers: Observers::default(), instruments: None }
    }
}

impl Sessions {
    /// The sessions of a configuration, for programs without Rocket: a command line, a job.
    ///
    /// ```no_run
    /// use rocket_diesel_sessions::Sessions;
    ///
    /// # #[rocket::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = Sessions::open(&rocket::Config::figment())?;
    /// println!("{} people are here.", sessions.count().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As a launch: a setting that is not allowed, a database that is away or not migrated.
    pub fn open(figment: &Figment) -> Result<Self, LaunchError> {
        Ok(Self::assemble(figment, Own::default())?.0)
    }

    pub(super) fn assemble(figment: &Figment, own: Own) -> Result<(Self, Option<Database>), LaunchError> {
        let Own { store, clock, observers, instruments } = own;
        let settings = Settings::extract(figment)?;
        if store.is_some() && settings.engine == Engine::Cookie {
            return Err(InvalidSetting::new(
                "session.engine = \"cookie\" keeps nothing in the store that the program brings",
            )
            .into());
        }
        let (store, database): (Option<Arc<dyn Store>>, _) = match (store, settings.engine) {
            (Some(store), _) => (Some(store), None),
            (None, Engine::Cookie) => (None, None),
            (None, Engine::Memory) => (Some(Arc::new(MemoryStore::default())), None),
            (None, Engine::Db) => {
                let config = Config { instruments, ..Config::extract(figment)? };
                let database = Database::launch_with(&config, figment.profile(), settings.auto_migrate)?;
                (Some(Arc::new(DieselStore::new(database.clone()))), Some(database))
            }
        };
        Ok((Self { store, clock, settings: Arc::new(settings), observers }, database))
    }
}
