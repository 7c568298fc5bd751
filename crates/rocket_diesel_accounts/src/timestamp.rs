//! Instants in columns and on pages.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// Converts an instant for a column: UTC, whole seconds.
pub(crate) fn column(instant: OffsetDateTime) -> PrimitiveDateTime {
    let utc = instant.to_offset(UtcOffset::UTC).replace_nanosecond(0).expect("0 is a nanosecond");
    PrimitiveDateTime::new(utc.date(), utc.time())
}

/// Writes how long something has lasted, in the largest unit that fits.
pub(crate) fn in_words(duration: Duration) -> String {
    let units = [
        (duration.whole_days(), "day"),
        (duration.whole_hours(), "hour"),
        (duration.whole_minutes(), "minute"),
        (duration.whole_seconds().max(0), "second"),
    ];
    let (count, unit) = units.into_iter().find(|(count, _)| *count > 0).unwrap_or((0, "second"));
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// Writes an instant for a page, in UTC.
pub(crate) fn text(instant: OffsetDateTime) -> String {
    instant.to_offset(UtcOffset::UTC).format(FORMAT).expect("the format has no parts that an instant lacks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_in_its_largest_unit() {
        let cases = [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "1 minute"),
            (7200, "2 hours"),
            (180_000, "2 days"),
            (-5, "0 seconds"),
        ];
        for (seconds, words) in cases {
            assert_eq!(in_words(Duration::seconds(seconds)), words);
        }
    }
}
