use diesel::prelude::*;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::instant::Instant;
use crate::schema::sessions;
use crate::session::{Handle, Record};

/// The table holds UTC without saying so.
pub(super) fn column(instant: OffsetDateTime) -> PrimitiveDateTime {
    let utc = instant.to_offset(UtcOffset::UTC);
    PrimitiveDateTime::new(utc.date(), utc.time())
}

/// A row that is written.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = sessions)]
#[diesel(primary_key(session_key))]
#[diesel(treat_none_as_null = true)]
pub(super) struct Row {
    pub session_key: String,
    session_data: String,
    expire_date: PrimitiveDateTime,
    created_at: PrimitiveDateTime,
    version: i64,
    owner: Option<String>,
    expiry: Option<String>,
}

impl Row {
    pub fn new(handle: &Handle, record: &Record) -> Self {
        Self {
            session_key: handle.to_string(),
            session_data: record.encode_data(),
            expire_date: column(record.expire_date),
            created_at: column(record.created_at),
            version: record.version,
            owner: record.owner.clone(),
            expiry: record.encode_expiry(),
        }
    }
}

/// A row that is read by its key.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct Found {
    session_data: String,
    expire_date: Instant,
    created_at: Instant,
    version: i64,
    owner: Option<String>,
    expiry: Option<String>,
}

impl Found {
    /// `None` where the row is not of this library's writing.
    pub fn into_record(self) -> Option<Record> {
        Record::from_columns(
            &self.session_data,
            self.expire_date.0,
            self.created_at.0,
            self.version,
            self.owner,
            self.expiry.as_deref(),
        )
    }
}
