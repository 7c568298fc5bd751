use comfy_table::{CellAlignment, Table, presets};

/// Prints a table. The first `names` columns are aligned to the left, the others, which have numbers, to the right.
pub fn print(header: &[&str], names: usize, rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index >= names {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}\n");
}

/// Formats a number with thousands separators and this many decimal places: `12,345.6`.
pub fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, whole) = whole.split_at(usize::from(whole.starts_with('-')));
    let groups: Vec<&str> = whole
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|digits| std::str::from_utf8(digits).expect("digits are ASCII"))
        .collect();
    format!("{sign}{}{rest}", groups.join(","))
}

/// Formats a ratio: `×1.25`, or a dash if it is not a finite number.
pub fn ratio(value: f64) -> String {
    match value.is_finite() {
        true => format!("×{value:.2}"),
        false => "–".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_thousands_separators() {
        assert_eq!(number(1_234_567.891, 1), "1,234,567.9");
        assert_eq!(number(-123.0, 0), "-123");
        assert_eq!(number(0.25, 2), "0.25");
        assert_eq!(number(f64::NAN, 2), "–");
        assert_eq!(ratio(f64::INFINITY), "–");
    }
}
