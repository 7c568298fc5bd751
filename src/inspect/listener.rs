use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::history::History;
use super::statement::Statement;

/// Adds the statements of a connection to the history.
pub struct StatementListener(History);

impl StatementListener {
    pub fn new(history: History) -> Self {
        Self(history)
    }
}

impl Instrumentation for StatementListener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && !IS_OFF.get()
        {
            Statement::read(&query.to_string()).into_iter().for_each(|statement| self.0.add_statement(statement));
        }
    }
}

thread_local! {
    static IS_OFF: Cell<bool> = const { Cell::new(false) };
}

/// Runs a query without adding it to the history, for the query of `/inspect/` itself. Diesel calls the instrumentation of
/// a connection on the thread of the query.
pub fn without_listening<T>(query: impl FnOnce() -> T) -> T {
    IS_OFF.set(true);
    let answer = query();
    IS_OFF.set(false);
    answer
}
