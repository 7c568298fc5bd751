use super::error::{CopyError, reason};
use super::side::Side;
use crate::db::config::Config;
use crate::db::table::{Column, RawRow, Table};

/// How many bytes of rows one statement inserts, about.
const BATCH: usize = 1024 * 1024;

/// How many rows of a table were copied.
pub(crate) struct Copied {
    pub table: String,
    pub rows: i64,
}

/// Copies the rows of all tables. All of them are there when this returns, or none. `progress` gets how many rows were copied
/// and how many there are.
///
/// Both databases must have the same migrations. Nobody else can change the tables in the meantime.
pub(crate) fn copy(from: &Config, to: &Config, mut progress: impl FnMut(u64, u64)) -> Result<Vec<Copied>, CopyError> {
    let (mut source, mut target) = (Side::open(from)?, Side::open(to)?);
    let tables = tables(&mut source, &mut target)?;
    source.lock(&tables)?;
    target.lock(&tables)?;
    let mut counts = Vec::new();
    for table in &tables {
        if target.count(table)? > 0 {
            let refused = format!("the table {} of the database {} is not empty", table.name, to.shown_url());
            return Err(CopyError::Refused(refused));
        }
        counts.push(Copied { table: table.name.clone(), rows: source.count(table)? });
    }
    let total = counts.iter().map(|count| count.rows as u64).sum();
    let mut done = 0;
    for table in &tables {
        copy_rows(&mut source, &mut target, table, |rows| {
            done += rows as u64;
            progress(done, total);
        })?;
    }
    for (table, Copied { rows, .. }) in tables.iter().zip(&counts) {
        let arrived = target.count(table)?;
        if arrived != *rows {
            let refused = format!("of {rows} rows of the table {}, {arrived} arrived", table.name);
            return Err(CopyError::Refused(refused));
        }
    }
    target.finish(&tables)?;
    Ok(counts)
}

/// Returns the tables of the source. Each must be in the target too, with the same columns. A date on one side counts as a
/// date on both, so it is checked.
fn tables(source: &mut Side, target: &mut Side) -> Result<Vec<Table>, CopyError> {
    let mut others = target.tables()?;
    let mut tables = source.tables()?;
    for table in &mut tables {
        let refused = |what: &str| CopyError::Refused(format!("the table {} {what}", table.name));
        let other = others.iter_mut().find(|other| other.name == table.name);
        let other = other.ok_or_else(|| refused("is in no migration, and the other database lacks it"))?;
        let sorted = |columns: &mut Vec<Column>| columns.sort_by(|a, b| a.name.cmp(&b.name));
        sorted(&mut table.columns);
        sorted(&mut other.columns);
        if !table.columns.iter().map(|column| &column.name).eq(other.columns.iter().map(|column| &column.name)) {
            return Err(refused("has other columns in the other database"));
        }
        for (column, other) in table.columns.iter_mut().zip(&other.columns) {
            if !source.can_copy(column) || !target.can_copy(other) {
                let types = format!("{} and {}", column.kind, other.kind);
                return Err(refused(&format!("has a column {} of a type that can't be copied ({types})", column.name)));
            }
            if other.is_timestamp() {
                column.kind.clone_from(&other.kind);
            }
        }
    }
    Ok(tables)
}

/// A row that can be inserted.
struct Row {
    key: String,
    json: String,
}

/// Copies the rows of one table. `progress` gets the number of rows that each statement has inserted.
fn copy_rows(
    source: &mut Side,
    target: &mut Side,
    table: &Table,
    mut progress: impl FnMut(usize),
) -> Result<(), CopyError> {
    let (mut batch, mut bytes, mut number) = (Vec::new(), 0, 0);
    source.read(table, |raw| {
        number += 1;
        let row = check(raw, table, number)?;
        bytes += row.json.len();
        batch.push(row);
        if bytes >= BATCH {
            insert(target, table, &batch)?;
            progress(batch.len());
            batch.clear();
            bytes = 0;
        }
        Ok::<_, CopyError>(())
    })?;
    insert(target, table, &batch)?;
    progress(batch.len());
    Ok(())
}

fn check(raw: RawRow, table: &Table, number: usize) -> Result<Row, CopyError> {
    let key = match raw.key {
        Some(key) => format!("{:?}", String::from_utf8_lossy(&key)),
        None => format!("number {number}"),
    };
    match (raw.problem, raw.json.map(String::from_utf8)) {
        (None, Some(Ok(json))) => Ok(Row { key, json }),
        (problem, _) => {
            let reason = problem.unwrap_or_else(|| "a text is not UTF-8".into());
            Err(CopyError::Row { table: table.name.clone(), key, reason })
        }
    }
}

/// Inserts rows. If the target refuses them, finds the first one that it refuses.
fn insert(target: &mut Side, table: &Table, rows: &[Row]) -> Result<(), CopyError> {
    if target.insert(table, rows.iter().map(|row| row.json.as_str())).is_ok() {
        return Ok(());
    }
    for row in rows {
        target.insert(table, [row.json.as_str()].into_iter()).map_err(|error| CopyError::Row {
            table: table.name.clone(),
            key: row.key.clone(),
            reason: reason(&error),
        })?;
    }
    Ok(())
}
