use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Nullable, Text};

/// A table, as a copy sees it.
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

#[derive(Clone, PartialEq, QueryableByName)]
pub(super) struct Column {
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The type, in small letters.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// It belongs to the primary key.
    #[diesel(sql_type = Bool)]
    pub is_key: bool,
}

/// The name of a table.
#[derive(QueryableByName)]
pub(super) struct Name {
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// A row that is read. The bytes may not be UTF-8: SQLite does not check that.
#[derive(QueryableByName)]
pub(super) struct RawRow {
    /// The values of the primary key, for messages.
    #[diesel(sql_type = Nullable<Binary>)]
    pub key: Option<Vec<u8>>,
    /// Why the row can't be copied.
    #[diesel(sql_type = Nullable<Text>)]
    pub problem: Option<String>,
    /// The row as a JSON object, unless there is a problem.
    #[diesel(sql_type = Nullable<Binary>)]
    pub json: Option<Vec<u8>>,
}

impl Table {
    /// Returns the name for a statement.
    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Returns the names of the columns for a statement.
    pub fn column_list(&self) -> String {
        self.list(|column| column.quoted())
    }

    /// Returns something of each column, with commas between.
    pub fn list(&self, of: impl Fn(&Column) -> String) -> String {
        self.columns.iter().map(of).collect::<Vec<_>>().join(", ")
    }

    /// Returns an expression for the primary key as one text, or for NULL if there is none.
    pub fn key_text(&self) -> String {
        let keys = self.columns.iter().filter(|column| column.is_key);
        let texts: Vec<String> = keys.map(|column| format!("CAST({} AS text)", column.quoted())).collect();
        match texts.is_empty() {
            true => "CAST(NULL AS text)".into(),
            false => texts.join(" || ', ' || "),
        }
    }
}

impl Column {
    /// Returns the name for a statement.
    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Returns whether the type is a date with a time: on PostgreSQL, or by the usual names on SQLite.
    pub fn is_timestamp(&self) -> bool {
        ["timestamp", "timestamp without time zone", "datetime"].contains(&self.kind.as_str())
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a text for a statement.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
