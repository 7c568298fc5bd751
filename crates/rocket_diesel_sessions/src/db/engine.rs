use std::sync::Arc;

use diesel::QueryResult;

use super::config::Config;
use super::connection::DbConnection;
use super::error::Error;
#[cfg(feature = "postgres")]
use super::postgres::{self, Postgres};
use super::sqlite::{self, Sqlite};

/// The database that the `url` selects.
#[derive(Clone)]
pub(super) enum Engine {
    Sqlite(Arc<Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<Postgres>),
}

impl Engine {
    pub fn connect(config: &Config) -> Result<Self, Error> {
        #[cfg(feature = "postgres")]
        if config.is_postgres() {
            return Ok(Self::Postgres(Arc::new(Postgres::connect(config)?)));
        }
        Ok(Self::Sqlite(Arc::new(Sqlite::connect(config)?)))
    }

    /// Opens a connection for a launch or a command, which may block.
    pub fn open(&self) -> Result<DbConnection, Error> {
        match self {
            Self::Sqlite(engine) => engine.open(),
            #[cfg(feature = "postgres")]
            Self::Postgres(engine) => engine.open(),
        }
    }

    /// Begins a transaction that keeps other programs from migrating.
    pub fn begin_migration(&self, conn: &mut DbConnection) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => sqlite::begin_migration(conn),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::begin_migration(conn),
        }
    }

    pub fn has_table(&self, conn: &mut DbConnection, name: &str) -> QueryResult<bool> {
        match self {
            Self::Sqlite(_) => sqlite::has_table(conn, name),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::has_table(conn, name),
        }
    }
}
