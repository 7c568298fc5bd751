use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types;
use diesel::sqlite::{Sqlite, SqliteValue};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// An instant that the table holds in UTC, without a time zone.
///
/// Diesel tries eighteen formats, and the one of this table comes third, which costs a fifth of a lookup's time. This
/// type reads that format itself. Other formats, which only a person can have written, are left to Diesel.
#[derive(Clone, Copy, Debug, FromSqlRow)]
pub(super) struct Timestamp(pub OffsetDateTime);

impl FromSql<sql_types::Timestamp, Sqlite> for Timestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let instant = match as_written(value.read_text()) {
            Some(instant) => instant,
            None => FromSql::<sql_types::Timestamp, Sqlite>::from_sql(value)?,
        };
        Ok(Self(instant.assume_utc()))
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use diesel::backend::Backend;
    use diesel::deserialize::{self, FromSql};
    use diesel::pg::{Pg, PgValue};
    use diesel::prelude::*;
    use diesel::sql_types;
    use time::PrimitiveDateTime;

    use super::Timestamp;
    use crate::db::DbConnection;

    type AnyBackend = <DbConnection as Connection>::Backend;

    impl FromSql<sql_types::Timestamp, Pg> for Timestamp {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            let instant: PrimitiveDateTime = FromSql::<sql_types::Timestamp, Pg>::from_sql(value)?;
            Ok(Self(instant.assume_utc()))
        }
    }

    impl FromSql<sql_types::Timestamp, AnyBackend> for Timestamp {
        fn from_sql(value: <AnyBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
            value.from_sql::<Self, sql_types::Timestamp>()
        }
    }
}

/// Reads `2026-11-23 09:05:00`.
fn as_written(text: &str) -> Option<PrimitiveDateTime> {
    #[rustfmt::skip]
    let &[y0, y1, y2, y3, b'-', o0, o1, b'-', d0, d1, b' ', h0, h1, b':', m0, m1, b':', s0, s1] = text.as_bytes() else {
        return None;
    };
    let month = Month::try_from(number([o0, o1])?).ok()?;
    let year = i32::from(number([y0, y1])?) * 100 + i32::from(number([y2, y3])?);
    let date = Date::from_calendar_date(year, month, number([d0, d1])?).ok()?;
    let time = Time::from_hms(number([h0, h1])?, number([m0, m1])?, number([s0, s1])?).ok()?;
    Some(PrimitiveDateTime::new(date, time))
}

fn number(digits: [u8; 2]) -> Option<u8> {
    let [tens, ones] = digits.map(|digit| digit.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| tens * 10 + ones)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{datetime, format_description};

    use super::*;

    proptest! {
        #[test]
        fn a_date_is_read_as_it_was_written(seconds in -62_167_219_200_i64..=253_402_300_799) {
            let instant = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
            let read = as_written(&instant.format(form).unwrap());
            prop_assert_eq!(read.map(PrimitiveDateTime::assume_utc), Some(instant));
        }
    }

    #[test]
    fn other_formats_are_left_to_diesel() {
        assert_eq!(as_written("2026-02-28 23:59:59"), Some(datetime!(2026-02-28 23:59:59)));
        for text in [
            "",
            "2026-02-29 00:00:00",
            "2026-13-01 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01 00:00:0/",
            "2026-01-01 00:00: 0",
            "+026-01-01 00:00:00",
        ] {
            assert_eq!(as_written(text), None, "{text:?}");
        }
    }
}
