//! What a copy of all tables needs of a database file.

use diesel::connection::AnsiTransactionManager;
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::file::DatabaseFile;
use super::open;
use crate::db::config::Config;
use crate::db::connection::{DbConnection, as_sqlite};
use crate::db::error::{Error, ErrorKind};
use crate::db::table::{Column, Name, RawRow, Table, literal};
use crate::db::url;

/// Opens a file that no other program has open, and begins a transaction. Until the connection is closed, no other program
/// can read or write the file, so a server can't run beside a copy.
pub(in crate::db) fn open_alone(config: &Config) -> Result<DbConnection, Error> {
    let (path, url) = url::existing_file(&config.url)?;
    let config = Config { url, ..config.clone() };
    let mut conn = open::open_with(&config, "PRAGMA locking_mode = EXCLUSIVE", &DatabaseFile::new(&path))?;
    let begun = AnsiTransactionManager::begin_transaction_sql(as_sqlite(&mut conn), "BEGIN IMMEDIATE");
    begun.map_err(|error| match ErrorKind::of(&error) {
        ErrorKind::Locked => Error::Connect {
            url: path.display().to_string(),
            reason: "another program has it open. Stop the server, and other programs that use the file".into(),
        },
        _ => error.into(),
    })?;
    Ok(conn)
}

/// Returns the tables in the order in which they were made, so a table comes after those that it refers to.
pub(in crate::db) fn tables(conn: &mut SqliteConnection) -> QueryResult<Vec<Table>> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                 AND name <> '__diesel_schema_migrations' ORDER BY rowid";
    let columns = "SELECT name, lower(type) AS kind, pk > 0 AS is_key FROM pragma_table_info(?) ORDER BY cid";
    let mut tables = Vec::new();
    for Name { name } in sql_query(names).load(conn)? {
        tables.push(Table { columns: sql_query(columns).bind::<Text, _>(&name).load(conn)?, name });
    }
    Ok(tables)
}

/// Reads the rows of a table.
///
/// A column of SQLite holds values of any type, and Diesel finds dates in several formats. In a row that is copied, no value
/// is binary, no text has a NUL, and each date is as Diesel writes it: PostgreSQL would understand others in its own way.
pub(in crate::db) fn read<E: From<QueryError>>(
    conn: &mut SqliteConnection,
    table: &Table,
    mut each: impl FnMut(RawRow) -> Result<(), E>,
) -> Result<(), E> {
    let problems: String = table.columns.iter().map(problem).collect();
    let query = format!(
        "SELECT CAST({} AS blob) AS key, __problem AS problem, \
         CASE WHEN __problem IS NULL THEN CAST(json_object({}) AS blob) END AS json \
         FROM (SELECT *, CASE {problems} END AS __problem FROM {})",
        table.key_text(),
        table.list(|column| format!("{}, {}", literal(&column.name), column.quoted())),
        table.quoted()
    );
    for row in sql_query(query).load_iter::<RawRow, diesel::connection::DefaultLoadingMode>(conn)? {
        each(row?)?;
    }
    Ok(())
}

/// Returns the branch of a CASE that finds what is wrong with a value.
fn problem(column: &Column) -> String {
    let name = column.quoted();
    let found = |condition: &str, what: &str| {
        format!("WHEN {condition} THEN {} ", literal(&format!("the column {} {what}", column.name)))
    };
    let mut problems = found(&format!("typeof({name}) = 'blob'"), "has binary data");
    problems += &found(&format!("instr({name}, char(0)) > 0"), "has a NUL character");
    if column.is_timestamp() {
        let (two, digits) = ("[0-9][0-9]", "0123456789");
        let date = format!("{two}{two}-{two}-{two} {two}:{two}:{two}");
        let fraction = format!("({name} GLOB '{date}.*' AND trim(substr({name}, 21), '{digits}') = '')");
        let other = format!("NOT ({name} GLOB '{date}' OR {fraction})");
        problems += &found(&other, "has a date in another form than 2026-11-23 09:05:00");
    }
    problems
}

/// Inserts rows: a JSON array of objects.
pub(in crate::db) fn insert(conn: &mut SqliteConnection, table: &Table, rows: &str) -> QueryResult<()> {
    let values = table.list(|column| format!("value ->> {}", literal(&column.name)));
    let insert = format!("INSERT INTO {} ({}) SELECT {values} FROM json_each(?)", table.quoted(), table.column_list());
    sql_query(insert).bind::<Text, _>(rows).execute(conn).map(drop)
}
