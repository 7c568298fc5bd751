use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_query;
use diesel::sql_types::BigInt;

use crate::db::config::Config;
use crate::db::connection::{AnyConnection, DbConnection};
use crate::db::error::Error;
use crate::db::table::{Column, RawRow, Table};
use crate::db::{postgres, sqlite, transaction};

/// One of the two databases, in a transaction. It ends without an effect when this is dropped.
pub(super) struct Side(DbConnection);

impl Side {
    pub fn open(config: &Config) -> Result<Self, Error> {
        Ok(Self(match config.is_postgres() {
            true => postgres::open_alone(config)?,
            false => sqlite::open_alone(config)?,
        }))
    }

    pub fn tables(&mut self) -> QueryResult<Vec<Table>> {
        match &mut self.0 {
            AnyConnection::Postgres(conn) => postgres::tables(conn),
            AnyConnection::Sqlite(conn) => sqlite::tables(conn),
        }
    }

    /// Returns whether values of this column are the same on both databases.
    pub fn can_copy(&self, column: &Column) -> bool {
        match &self.0 {
            AnyConnection::Postgres(_) => postgres::can_copy(column),
            AnyConnection::Sqlite(_) => true, // `read` looks at each value
        }
    }

    /// Keeps other programs from changing these tables.
    pub fn lock(&mut self, tables: &[Table]) -> QueryResult<()> {
        match &mut self.0 {
            AnyConnection::Postgres(conn) => postgres::lock(conn, tables),
            AnyConnection::Sqlite(_) => Ok(()), // nobody else has the file open
        }
    }

    pub fn count(&mut self, table: &Table) -> QueryResult<i64> {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            rows: i64,
        }
        let count: Count =
            sql_query(format!("SELECT count(*) AS rows FROM {}", table.quoted())).get_result(&mut self.0)?;
        Ok(count.rows)
    }

    pub fn read<E: From<QueryError>>(
        &mut self,
        table: &Table,
        each: impl FnMut(RawRow) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.0 {
            AnyConnection::Postgres(conn) => postgres::read(conn, table, each),
            AnyConnection::Sqlite(conn) => sqlite::read(conn, table, each),
        }
    }

    /// Inserts all rows, or none: JSON objects.
    pub fn insert<'a>(&mut self, table: &Table, rows: impl Iterator<Item = &'a str>) -> QueryResult<()> {
        let array = format!("[{}]", rows.collect::<Vec<_>>().join(","));
        self.0.transaction(|conn| match conn {
            AnyConnection::Postgres(conn) => postgres::insert(conn, table, &array),
            AnyConnection::Sqlite(conn) => sqlite::insert(conn, table, &array),
        })
    }

    /// Commits what was inserted.
    pub fn finish(mut self, tables: &[Table]) -> QueryResult<()> {
        if let AnyConnection::Postgres(conn) = &mut self.0 {
            tables.iter().try_for_each(|table| postgres::advance_sequences(conn, table))?;
        }
        transaction::commit(&mut self.0)
    }
}
