//! Writes a statement for people: short, and with its values.

use rocket_diesel_sessions::Handle;

/// Longer values are cut off after this many characters.
const MAX_LENGTH: usize = 80;

/// Returns a statement of Diesel without quotation marks and names of tables before columns, with `…` for the columns of a
/// SELECT, and with the values in place of `?` and `$1`.
pub fn readable(sql: &str, values: &[String]) -> String {
    let sql = sql.replace(['`', '"'], "").replace(" sessions.", " ").replace("(sessions.", "(");
    let sql = sql.replace("replaced_keys.", "");
    let sql = match (sql.starts_with("SELECT "), sql.split_once(" FROM ")) {
        (true, Some((_, rest))) => format!("SELECT … FROM {rest}"),
        _ => sql,
    };
    with_values(&without_parentheses(&sql), values)
}

/// Removes the parentheses of a condition whose parts are all joined by AND.
fn without_parentheses(sql: &str) -> String {
    match sql.split_once(" WHERE ") {
        Some((before, condition)) if !condition.contains(" OR ") => {
            format!("{before} WHERE {}", condition.replace(['(', ')'], ""))
        }
        _ => sql.to_owned(),
    }
}

fn with_values(sql: &str, values: &[String]) -> String {
    let (mut text, mut next) = (String::new(), 0_usize);
    let mut rest = sql.chars().peekable();
    while let Some(character) = rest.next() {
        let place = match character {
            '?' => {
                next += 1;
                next
            }
            '$' => {
                let digits = std::iter::from_fn(|| rest.next_if(char::is_ascii_digit));
                digits.collect::<String>().parse().unwrap_or(0)
            }
            _ => {
                text.push(character);
                continue;
            }
        };
        match values.get(place.wrapping_sub(1)) {
            Some(value) => text.push_str(&literal(value)),
            None if character == '$' => text.push_str(&format!("${place}")),
            None => text.push(character),
        }
    }
    text
}

/// Returns a value that Diesel has printed as SQL would write it, but for its length.
fn literal(value: &str) -> String {
    let value = value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')')).unwrap_or(value);
    let Some(text) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return match value {
            "None" => "NULL".into(),
            date if date.contains(':') => format!("'{}'", date.strip_suffix(".0").unwrap_or(date)),
            number => number.to_owned(),
        };
    };
    let text = text.replace("\\\"", "\"").replace("\\\\", "\\").replace('\'', "''");
    if let Ok(handle) = text.parse::<Handle>() {
        return format!("'{}…'", handle.short());
    }
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("'{}…'", &text[..end]),
        None => format!("'{text}'"),
    }
}

/// Splits the values that Diesel prints after `-- binds: `, such as `["a", 1, ["b", "c"]]`.
pub fn split_values(list: &str) -> Vec<String> {
    let inside = list.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
    let (mut values, mut depth, mut in_text, mut is_escaped) = (vec![String::new()], 0, false, false);
    for character in inside.chars() {
        match character {
            '"' if !is_escaped => in_text = !in_text,
            '[' | '(' | '{' if !in_text => depth += 1,
            ']' | ')' | '}' if !in_text => depth -= 1,
            ',' if !in_text && depth == 0 => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        values.last_mut().expect("there is always one").push(character);
    }
    values.into_iter().map(|value| value.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> String {
        let (sql, values) = query.split_once(" -- binds: ").unwrap();
        readable(sql, &split_values(values))
    }

    #[test]
    fn a_select_has_no_quotation_marks_no_columns_and_the_start_of_the_handle() {
        for (sql, handle) in [
            ("SELECT `sessions`.`session_data` FROM `sessions` WHERE (`sessions`.`session_key` = ?)", "3f".repeat(32)),
            (r#"SELECT "sessions"."owner" FROM "sessions" WHERE ("sessions"."session_key" = $1)"#, "3f".repeat(32)),
        ] {
            let query = format!("{sql} -- binds: [{handle:?}]");
            assert_eq!(read(&query), "SELECT … FROM sessions WHERE session_key = '3f3f3f3f…'");
        }
    }

    #[test]
    fn each_value_is_written_as_in_sql() {
        let query = r#"INSERT VALUES (?, ?, ?, ?, ?) -- binds: ["it's [1, 2]? \"yes\"", 2026-11-27 0:00:00.0, 3, None, Some("a")]"#;
        assert_eq!(read(query), r#"INSERT VALUES ('it''s [1, 2]? "yes"', '2026-11-27 0:00:00', 3, NULL, 'a')"#);
    }

    #[test]
    fn the_values_have_the_order_of_their_numbers() {
        assert_eq!(
            read("UPDATE t SET a = $2, b = $1, c = $3 -- binds: [1, 2, [3, 4]]"),
            "UPDATE t SET a = 2, b = 1, c = [3, 4]"
        );
    }

    #[test]
    fn a_long_value_is_cut_off() {
        let query = format!("UPDATE t SET a = ? -- binds: [{:?}]", "é".repeat(81));
        assert_eq!(read(&query), format!("UPDATE t SET a = '{}…'", "é".repeat(80)));
    }
}
