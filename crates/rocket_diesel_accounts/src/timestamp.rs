//! Instants in columns and on pages.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// Converts an instant for a column: UTC, whole seconds.
pub(crate) fn column(instant: OffsetDateTime) -> PrimitiveDateTime {
    let utc = instant.to_offset(UtcOffset::UTC).replace_nanosecond(0).expect("0 is a nanosecond");
    PrimitiveDateTime::new(utc.date(), utc.time())
}

/// Writes an instant for a page, in UTC.
pub(crate) fn text(instant: OffsetDateTime) -> String {
    instant.to_offset(UtcOffset::UTC).format(FORMAT).expect("the format has no parts that an instant lacks")
}
