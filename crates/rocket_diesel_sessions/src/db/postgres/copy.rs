//! What a copy of all tables needs of a server.

use diesel::connection::SimpleConnection;
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_query;
use diesel::sql_types::Text;

use super::open::open;
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::table::{Column, Name, RawRow, Table, literal};
use crate::db::transaction;

/// Opens a connection and begins a transaction.
pub(in crate::db) fn open_alone(config: &Config) -> Result<DbConnection, Error> {
    let mut conn = open(config)?;
    transaction::begin(&mut conn)?;
    // How dates are written.
    conn.batch_execute("SET LOCAL DateStyle = ISO")?;
    Ok(conn)
}

/// Returns the tables in the order in which they were made, so a table comes after those that it refers to.
pub(in crate::db) fn tables(conn: &mut PgConnection) -> QueryResult<Vec<Table>> {
    let names = "SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition \
                 AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
                 AND relname <> '__diesel_schema_migrations' ORDER BY oid";
    let columns = "SELECT attname::text AS name, format_type(atttypid, NULL) AS kind, EXISTS (SELECT FROM pg_index \
                   WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)) AS is_key FROM pg_attribute \
                   WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped \
                   AND attgenerated = '' ORDER BY attnum";
    let mut tables = Vec::new();
    for Name { name } in sql_query(names).load(conn)? {
        tables.push(Table { columns: sql_query(columns).bind::<Text, _>(&name).load(conn)?, name });
    }
    Ok(tables)
}

/// Keeps other programs from changing these tables until the transaction ends.
pub(in crate::db) fn lock(conn: &mut PgConnection, tables: &[Table]) -> QueryResult<()> {
    let names: Vec<String> = tables.iter().map(Table::quoted).collect();
    conn.batch_execute(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", ")))
}

/// Returns whether values of this type are the same in a file. Others have another form there, for example a BYTEA.
pub(in crate::db) fn can_copy(column: &Column) -> bool {
    let kinds =
        ["text", "character varying", "bigint", "integer", "smallint", "boolean", "timestamp without time zone"];
    kinds.contains(&column.kind.as_str())
}

/// Reads the rows of a table.
pub(in crate::db) fn read<E: From<QueryError>>(
    conn: &mut PgConnection,
    table: &Table,
    mut each: impl FnMut(RawRow) -> Result<(), E>,
) -> Result<(), E> {
    let dates = || table.columns.iter().filter(|column| column.is_timestamp());
    // SQLite compares dates as texts, which goes wrong beyond four digits.
    let problems = dates().map(|column| {
        let problem = literal(&format!("the column {} has a date outside of the years 1 to 9999", column.name));
        format!("WHEN {} NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999' THEN {problem} ", column.quoted())
    });
    let problems = format!("CASE {}WHEN FALSE THEN '' END", problems.collect::<String>());
    let values = table.list(|column| match column.is_timestamp() {
        true => format!("CAST({0} AS text) AS {0}", column.quoted()), // a JSON date has a T in the middle
        false => column.quoted(),
    });
    let query = format!(
        "SELECT convert_to({}, 'UTF8') AS key, {problems} AS problem, \
         convert_to(CAST(row_to_json((SELECT r FROM (SELECT {values}) AS r)) AS text), 'UTF8') AS json FROM {}",
        table.key_text(),
        table.quoted()
    );
    for row in sql_query(query).load_iter::<RawRow, PgRowByRowLoadingMode>(conn)? {
        each(row?)?;
    }
    Ok(())
}

/// Inserts rows: a JSON array of objects.
pub(in crate::db) fn insert(conn: &mut PgConnection, table: &Table, rows: &str) -> QueryResult<()> {
    let (name, columns) = (table.quoted(), table.column_list());
    // An identity column that is GENERATED ALWAYS gets the old numbers too.
    let insert = format!(
        "INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE \
         SELECT {columns} FROM json_populate_recordset(CAST(NULL AS {name}), CAST($1 AS json))"
    );
    sql_query(insert).bind::<Text, _>(rows).execute(conn).map(drop)
}

/// Makes the sequence of a SERIAL or IDENTITY key go on after the rows that were inserted.
pub(in crate::db) fn advance_sequences(conn: &mut PgConnection, table: &Table) -> QueryResult<()> {
    let name = table.quoted();
    let is_number =
        |column: &&Column| column.is_key && ["bigint", "integer", "smallint"].contains(&column.kind.as_str());
    for column in table.columns.iter().filter(is_number) {
        let sequence = format!("pg_get_serial_sequence({}, {})", literal(&name), literal(&column.name));
        // NULL and no effect if there is no sequence or no row.
        conn.batch_execute(&format!("SELECT setval({sequence}, max({})) FROM {name}", column.quoted()))?;
    }
    Ok(())
}
