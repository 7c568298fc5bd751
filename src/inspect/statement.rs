use rocket_diesel_sessions::Handle;

/// An SQL statement, and the sessions whose handles are among its values.
pub struct Statement {
    /// The text, with `?` in place of the values.
    pub sql: String,
    handles: Vec<Handle>,
}

impl Statement {
    /// Reads the text that Diesel prints for a query: the SQL, `-- binds:`, and the values. Of the values only the handles
    /// are kept. Returns `None` if there is no handle, or if the statement has a list of them: the statements of the sweeper
    /// belong to no visitor.
    pub fn read(query: &str) -> Option<Self> {
        let (sql, values) = query.split_once(" -- binds: ")?;
        if sql.contains(" IN (") {
            return None;
        }
        let texts: Vec<&str> = values.split('"').collect();
        // A quotation mark inside a value is escaped. A text after such a mark is not a whole value.
        let whole = texts.windows(2).filter(|pair| !pair[0].ends_with('\\')).map(|pair| pair[1]);
        let handles: Vec<Handle> = whole.filter_map(|text| text.parse().ok()).collect();
        (!handles.is_empty()).then(|| Self { sql: sql.to_owned(), handles })
    }

    pub fn names(&self, handle: &Handle) -> bool {
        self.handles.contains(handle)
    }
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
        assert_eq!(statement.handles, [hex("a").parse::<Handle>().unwrap()]);
    }

    #[test]
    fn a_handle_that_a_visitor_put_into_a_value_is_not_a_handle_of_the_statement() {
        let (data, owner) = (format!(r#"{{"x":"{}"}}"#, hex("b")), format!("\"{}", hex("c")));
        let query = format!("INSERT -- binds: [{:?}, {data:?}, 2026-11-23 0:00:00.0, 1, {owner:?}]", hex("a"));
        let statement = Statement::read(&query).unwrap();
        assert_eq!(statement.handles, [hex("a").parse::<Handle>().unwrap()]);
    }

    #[test]
    fn statements_on_many_sessions_or_none_belong_to_no_visitor() {
        for query in [
            format!("DELETE FROM `sessions` WHERE `sessions`.`session_key` IN (?) -- binds: [{:?}]", hex("a")),
            "SELECT COUNT(*) FROM `sessions` -- binds: []".into(),
            "PRAGMA busy_timeout = 5000".into(),
        ] {
            assert!(Statement::read(&query).is_none(), "{query}");
        }
    }
}
