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
