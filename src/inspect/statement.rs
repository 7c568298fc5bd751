use rocket_diesel_sessions::Handle;

use super::sql::{readable, split_values};

/// An SQL statement of one visitor, and the handles of their session that are among its values.
pub struct Statement {
    /// The text for people.
    pub sql: String,
    handles: Vec<Handle>,
}

impl Statement {
    /// Reads the text that Diesel prints for a query: the SQL, `-- binds:`, and the values. Returns nothing if there is no
    /// handle, or if the statement deletes a list of sessions: the statements of the sweeper belong to no visitor.
    ///
    /// On PostgreSQL, one statement can be that of several visitors: its values are lists. Each visitor gets it, and sees no
    /// value but the own handle.
    pub fn read(query: &str) -> Vec<Self> {
        let Some((sql, list)) = query.split_once(" -- binds: ") else { return Vec::new() };
        let values = split_values(list);
        let has_lists = values.iter().any(|value| value.starts_with('['));
        let is_shared = has_lists
            && (["WITH ", "INSERT "].iter().any(|verb| sql.starts_with(verb))
                || sql.starts_with("SELECT ") && sql.contains(" = ANY("));
        if !is_shared && (has_lists || sql.contains(" IN (")) {
            return Vec::new();
        }
        let handles = handles(list);
        if is_shared {
            let sql = without_preface(sql).replace(" = ANY($1)", " = $1");
            let of_visitor = |handle: Handle| {
                let sql = readable(&sql, &[format!("{:?}", handle.as_str())]);
                Self { sql, handles: vec![handle] }
            };
            return handles.into_iter().map(of_visitor).collect();
        }
        if handles.is_empty() {
            return Vec::new();
        }
        vec![Self { sql: readable(sql, &values), handles }]
    }

    pub fn names(&self, handle: &Handle) -> bool {
        self.handles.contains(handle)
    }
}

/// Returns the values that are handles.
fn handles(list: &str) -> Vec<Handle> {
    let texts: Vec<&str> = list.split('"').collect();
    // A quotation mark inside a value is escaped. A text after such a mark is not a whole value.
    let whole = texts.windows(2).filter(|pair| !pair[0].ends_with('\\')).map(|pair| pair[1]);
    whole.filter_map(|text| text.parse().ok()).collect()
}

/// Returns a statement without the part `WITH rows AS (…)`, so that it begins with what it does.
fn without_preface(sql: &str) -> String {
    match sql.strip_prefix("WITH ").and_then(|rest| rest.rsplit_once(") UPDATE ")) {
        Some((_, rest)) => format!("UPDATE {rest}"),
        None => sql.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<const COUNT: usize>(query: &str) -> [Statement; COUNT] {
        let Ok(statements) = Statement::read(query).try_into() else { panic!("not {COUNT} statements: {query}") };
        statements
    }

    fn hex(digit: &str) -> String {
        digit.repeat(64)
    }

    #[test]
    fn a_statement_is_kept_with_its_values() {
        let query = format!("UPDATE `sessions` SET `session_data` = ? -- binds: [{:?}, {:?}]", "data", hex("a"));
        let [statement] = read(&query);
        assert_eq!(statement.sql, "UPDATE sessions SET session_data = 'data'");
        assert_eq!(statement.handles, [hex("a").parse::<Handle>().unwrap()]);
    }

    #[test]
    fn a_handle_that_a_visitor_put_into_a_value_is_not_a_handle_of_the_statement() {
        let (data, owner) = (format!(r#"{{"x":"{}"}}"#, hex("b")), format!("\"{}", hex("c")));
        let query = format!("INSERT -- binds: [{:?}, {data:?}, 2026-11-23 0:00:00.0, 1, {owner:?}]", hex("a"));
        let [statement] = read(&query);
        assert_eq!(statement.handles, [hex("a").parse::<Handle>().unwrap()]);
    }

    #[test]
    fn statements_on_many_sessions_or_none_belong_to_no_visitor() {
        for query in [
            format!("DELETE FROM `sessions` WHERE `sessions`.`session_key` IN (?) -- binds: [{:?}]", hex("a")),
            format!(r#"DELETE FROM "sessions" WHERE ("session_key" = ANY($1)) -- binds: [[{:?}]]"#, hex("a")),
            format!(
                r#"SELECT "session_key" FROM "sessions" WHERE ("session_key" != ALL($1)) -- binds: [[{:?}]]"#,
                hex("a")
            ),
            "SELECT COUNT(*) FROM `sessions` -- binds: []".into(),
            "PRAGMA busy_timeout = 5000".into(),
        ] {
            assert!(Statement::read(&query).is_empty(), "{query}");
        }
    }

    #[test]
    fn a_statement_on_the_sessions_of_several_visitors_belongs_to_each_of_them() {
        let data = format!(r#"{{"x":"{}"}}"#, hex("c"));
        for (sql, shown) in [
            (r#"SELECT "sessions"."version" FROM "sessions" WHERE ("session_key" = ANY($1))"#, "SELECT"),
            (
                "WITH free AS (SELECT FOR NO KEY UPDATE OF sessions) UPDATE sessions SET version = 1",
                "UPDATE sessions SET",
            ),
            ("INSERT INTO sessions (session_key, session_data) SELECT * FROM unnest($1, $2)", "INSERT INTO sessions"),
        ] {
            let statements: [Statement; 2] =
                read(&format!("{sql} -- binds: [[{:?}, {:?}], [{data:?}]]", hex("a"), hex("b")));
            for (statement, digit) in statements.iter().zip(["a", "b"]) {
                assert!(statement.sql.starts_with(shown), "{}", statement.sql);
                let others = ["a", "b", "c"].into_iter().filter(|other| *other != digit);
                others.for_each(|other| assert!(!statement.sql.contains(&hex(other)[..8]), "{}", statement.sql));
                assert_eq!(statement.handles, [hex(digit).parse::<Handle>().unwrap()]);
            }
        }
    }
}
