//! Copies all rows of a database file to a PostgreSQL server, for the command `copy`.
//!
//! SQLite can write a row as a JSON object, and PostgreSQL can make a row from one. So the tables of the application, of the
//! accounts and of the sessions need no code of their own.

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::SqliteConnection;

use super::config::Config;
use super::connection::as_sqlite;
use super::error::Error;
use super::postgres;
use super::sqlite;
use super::transaction;

/// How many rows one statement inserts.
const BATCH: usize = 1000;

/// How many rows of a table were copied.
pub(crate) struct Copied {
    pub table: String,
    pub rows: i64,
}

/// Copies the rows of all tables to tables that are empty, in one transaction. `progress` gets how many rows were copied and how
/// many there are.
///
/// # Errors
///
/// [`Error::Copy`] if another program has the file open, if a table of the target is missing or not empty, or if a row does
/// not fit. Nothing was copied then. The message has the key of the row and no other value of it.
pub(crate) fn copy(from: &Config, to: &Config, progress: impl Fn(u64, u64)) -> Result<Vec<Copied>, Error> {
    let mut source = sqlite::open_alone(from)?;
    let source = as_sqlite(&mut source);
    let mut target = postgres::open(to, "")?;
    transaction::begin(&mut target)?; // it has no effect if this function returns early
    let conn = postgres::as_postgres(&mut target);
    let mut tables = Vec::new();
    for Name { name } in names(source)? {
        let table = Table::read(source, name)?;
        table.lock_empty(conn)?;
        let count: Count = sql_query(table.count()).get_result(source)?;
        tables.push((count.rows, table));
    }
    let total = tables.iter().map(|(rows, _)| *rows as u64).sum();
    let mut done = 0;
    let mut copied = Vec::new();
    for (rows, table) in tables {
        table.copy(source, conn, |rows| {
            done += rows as u64;
            progress(done, total);
        })?;
        let arrived: Count = sql_query(table.count()).get_result(conn)?;
        if arrived.rows != rows {
            return Err(refused(format!("of {rows} rows of the table {}, {} arrived", table.name, arrived.rows)));
        }
        copied.push(Copied { table: table.name, rows });
    }
    transaction::commit(&mut target)?;
    Ok(copied)
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Returns the tables in the order in which they were made, so that a table comes after those that it refers to.
fn names(source: &mut SqliteConnection) -> QueryResult<Vec<Name>> {
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                 AND name <> '__diesel_schema_migrations' ORDER BY rowid";
    sql_query(query).load(source)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// A table of both databases.
struct Table {
    name: String,
    columns: Vec<String>,
    /// The first column of the primary key.
    key: Option<String>,
}

/// A row of the source.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
    /// A JSON object. SQLite does not check whether its texts are UTF-8.
    #[diesel(sql_type = Binary)]
    json: Vec<u8>,
}

impl Table {
    fn read(source: &mut SqliteConnection, name: String) -> QueryResult<Self> {
        let columns = |rest| {
            let query = format!("SELECT name FROM pragma_table_info(?) {rest}");
            sql_query(query).bind::<Text, _>(name.clone())
        };
        let all: Vec<Name> = columns("ORDER BY cid").load(source)?;
        let key: Option<Name> = columns("WHERE pk = 1").get_result(source).optional()?;
        Ok(Self { columns: all.into_iter().map(|it| it.name).collect(), key: key.map(|it| it.name), name })
    }

    fn count(&self) -> String {
        format!("SELECT count(*) AS rows FROM {}", quoted(&self.name))
    }

    /// Keeps others from writing into the table of the target, and refuses it if it has rows.
    fn lock_empty(&self, target: &mut PgConnection) -> Result<(), Error> {
        let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", quoted(&self.name));
        target
            .batch_execute(&lock)
            .map_err(|error| refused(format!("the table {} of the target: {error}", self.name)))?;
        let count: Count = sql_query(self.count()).get_result(target)?;
        match count.rows {
            0 => Ok(()),
            _ => Err(refused(format!("the table {} of the target is not empty", self.name))),
        }
    }

    fn copy(
        &self,
        source: &mut SqliteConnection,
        target: &mut PgConnection,
        mut progress: impl FnMut(usize),
    ) -> Result<(), Error> {
        let key = self.key.as_deref().map_or("NULL".into(), quoted);
        let values: Vec<String> = self.columns.iter().map(|it| format!("{}, {}", literal(it), quoted(it))).collect();
        let query = format!(
            "SELECT CAST({key} AS TEXT) AS key, CAST(json_object({}) AS BLOB) AS json FROM {}",
            values.join(", "),
            quoted(&self.name)
        );
        let mut batch = Vec::new();
        for row in sql_query(query).load_iter::<Row, DefaultLoadingMode>(source)? {
            let row = row.map_err(|_| refused(format!("a row of the table {} can't be read", self.name)))?;
            if std::str::from_utf8(&row.json).is_err() {
                return Err(self.refused(&row, "a text is not UTF-8"));
            }
            batch.push(row);
            if batch.len() == BATCH {
                self.insert(target, &batch)?;
                progress(batch.len());
                batch.clear();
            }
        }
        self.insert(target, &batch)?;
        progress(batch.len());
        Ok(())
    }

    /// Inserts rows. If the target refuses them, finds the first one that it refuses.
    fn insert(&self, target: &mut PgConnection, rows: &[Row]) -> Result<(), Error> {
        let (name, columns) =
            (quoted(&self.name), self.columns.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", "));
        let insert = format!(
            "INSERT INTO {name} ({columns}) \
             SELECT {columns} FROM json_populate_recordset(CAST(NULL AS {name}), CAST($1 AS json))"
        );
        let mut insert_all = |rows: &[Row]| {
            let array = format!(
                "[{}]",
                rows.iter().map(|row| String::from_utf8_lossy(&row.json)).collect::<Vec<_>>().join(",")
            );
            target.transaction(|conn| sql_query(&insert).bind::<Text, _>(array).execute(conn))
        };
        if insert_all(rows).is_ok() {
            return Ok(());
        }
        for row in rows {
            insert_all(std::slice::from_ref(row)).map_err(|error| self.refused(row, reason(&error)))?;
        }
        Ok(())
    }

    fn refused(&self, row: &Row, reason: &str) -> Error {
        let key = row.key.as_deref().unwrap_or("without a key");
        refused(format!("the row {key:?} of the table {} does not fit: {reason}", self.name))
    }
}

/// Returns why a row was not inserted. The database's own message can contain its values.
fn reason(error: &QueryError) -> &'static str {
    let QueryError::DatabaseError(kind, _) = error else { return "the database refused it" };
    match kind {
        DatabaseErrorKind::UniqueViolation => "another row has the same value in a column that must be unique",
        DatabaseErrorKind::NotNullViolation => "a value is missing",
        DatabaseErrorKind::CheckViolation => "it breaks a CHECK of the table",
        DatabaseErrorKind::ForeignKeyViolation => "it refers to a row that does not exist",
        DatabaseErrorKind::ClosedConnection => "the connection broke",
        _ => "a value does not fit its column, for example a malformed date or a text with a NUL",
    }
}

fn refused(reason: String) -> Error {
    Error::Copy(reason)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a text for a statement.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
