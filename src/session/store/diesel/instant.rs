//! A column's instant.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types::Timestamp;
use diesel::sqlite::{Sqlite, SqliteValue};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// An instant as the table holds it: UTC, without saying so.
///
/// Diesel reads eighteen forms and comes to that of the table's own dates third, which is a fifth of what a lookup
/// takes. This one reads that form first, and leaves the others, which only a person's hand could have written, to
/// Diesel.
#[derive(Debug, FromSqlRow)]
pub(super) struct Instant(pub OffsetDateTime);

const AS_WRITTEN: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

impl FromSql<Timestamp, Sqlite> for Instant {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let instant = match PrimitiveDateTime::parse(value.read_text(), AS_WRITTEN) {
            Ok(instant) => instant,
            Err(_) => FromSql::<Timestamp, Sqlite>::from_sql(value)?,
        };
        Ok(Self(instant.assume_utc()))
    }
}
