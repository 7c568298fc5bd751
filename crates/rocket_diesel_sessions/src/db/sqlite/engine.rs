use std::path::Path;
use std::sync::Arc;

use diesel::connection::AnsiTransactionManager;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::backup::back_up;
use super::file::{DatabaseFile, create_private};
use super::open;
use super::pool::Pool;
use super::writer::Writer;
use crate::db::config::Config;
use crate::db::connection::{DbConnection, as_sqlite};
use crate::db::error::Error;
use crate::db::url;

/// A database file with its connections.
pub(in crate::db) struct Sqlite {
    /// Its `url` opens the existing file and never creates one.
    config: Config,
    file: Arc<DatabaseFile>,
    pub pool: Arc<Pool>,
    pub writer: Writer,
}

impl Sqlite {
    /// Opens all connections. If there is no file, creates one that only its owner can read and write.
    pub fn connect(config: &Config) -> Result<Self, Error> {
        if config.is_missing() && url::may_create(&config.url) {
            create_private(&config.path());
        }
        open::open(config, &DatabaseFile::new(&config.path()))?; // makes the file
        let (path, url) = url::existing_file(&config.url)?;
        let config = Config { url, ..config.clone() };
        let file = Arc::new(DatabaseFile::new(&path));
        let pool = Arc::new(Pool::new(&config, file.clone()));
        let writer = Writer::start(&config, file.clone(), pool.clone())?;
        pool.open_all()?;
        Ok(Self { config, file, pool, writer })
    }

    /// Opens a connection for a launch or a command, which may block.
    pub fn open(&self) -> Result<DbConnection, Error> {
        open::open(&self.config, &self.file)
    }

    /// Copies the database into a new file. Returns its size in bytes.
    pub fn back_up_to(&self, file: &Path) -> Result<u64, Error> {
        back_up(&mut self.open()?, file)
    }
}

/// Begins a transaction that keeps other programs from migrating.
pub(in crate::db) fn begin_migration(conn: &mut DbConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(as_sqlite(conn), "BEGIN IMMEDIATE")
}

pub(in crate::db) fn has_table(conn: &mut DbConnection, name: &str) -> QueryResult<bool> {
    let tables = sql::<BigInt>("(SELECT count(*) FROM sqlite_schema WHERE name = ").bind::<Text, _>(name).sql(")");
    Ok(diesel::select(tables).get_result::<i64>(as_sqlite(conn))? > 0)
}
