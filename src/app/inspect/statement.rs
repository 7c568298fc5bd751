use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::log::Log;
use crate::Handle;

/// A statement on sessions that it names by their handles.
pub struct Statement {
    /// With `?` for the values.
    pub sql: String,
    handles: Vec<Handle>,
}

impl Statement {
    /// Reads Diesel's text of a query: the SQL, `-- binds:`, and the values, of which the handles alone are kept.
    /// `None` where it has none, or names sessions by a list: the sweeper's are nobody's own.
    pub fn read(query: &str) -> Option<Self> {
        let (sql, values) = query.split_once(" -- binds: ")?;
        if sql.contains(" IN (") {
            return None;
        }
        let texts: Vec<&str> = values.split('"').collect();
        // A quotation mark inside a text is escaped: what is between two of those is not a whole value.
        let whole = texts.windows(2).filter(|pair| !pair[0].ends_with('\\')).map(|pair| pair[1]);
        let handles: Vec<Handle> = whole.filter_map(Handle::parse).collect();
        (!handles.is_empty()).then(|| Self { sql: sql.to_owned(), handles })
    }

    pub fn names(&self, handle: &Handle) -> bool {
        self.handles.contains(handle)
    }
}

/// Hears a connection's statements.
pub struct Listener {
    log: Log,
}

impl Listener {
    pub fn new(log: Log) -> Self {
        Self { log }
    }
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && !UNHEARD.get()
            && let Some(statement) = Statement::read(&query.to_string())
        {
            self.log.hear(statement);
        }
    }
}

thread_local! {
    static UNHEARD: Cell<bool> = const { Cell::new(false) };
}

/// Runs a query that is nobody's event: the window's own look into the table. A connection's instrumentation is called
/// on the thread of its query.
pub fn unheard<T>(query: impl FnOnce() -> T) -> T {
    UNHEARD.set(true);
    let answer = query();
    UNHEARD.set(false);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digit: &str) -> String {
        digit.repeat(64)
    }

    #[test]
    fn a_statement_is_kept_without_its_values() {
        let query = format!("UPDATE `sessions` SET `session_data` = ? -- binds: [{:?}, {:?}]", "secret", hex("a"));
        let statement = Statement::read(&query).unwrap();
        assert_eq!(statement.sql, "UPDATE `sessions` SET `session_data` = ?");
        assert_eq!(statement.handles, [Handle::parse(&hex("a")).unwrap()]);
    }

    #[test]
    fn a_handle_that_a_visitor_wrote_into_a_value_is_not_a_statements_own() {
        let (data, owner) = (format!(r#"{{"x":"{}"}}"#, hex("b")), format!("\"{}", hex("c")));
        let query = format!("INSERT -- binds: [{:?}, {data:?}, 2026-11-23 0:00:00.0, 1, {owner:?}]", hex("a"));
        let statement = Statement::read(&query).unwrap();
        assert_eq!(statement.handles, [Handle::parse(&hex("a")).unwrap()]);
    }

    #[test]
    fn statements_of_many_sessions_and_of_none_are_nobodys() {
        for query in [
            format!("DELETE FROM `sessions` WHERE `sessions`.`session_key` IN (?) -- binds: [{:?}]", hex("a")),
            "SELECT COUNT(*) FROM `sessions` -- binds: []".into(),
            "PRAGMA busy_timeout = 5000".into(),
        ] {
            assert!(Statement::read(&query).is_none(), "{query}");
        }
    }
}
