use diesel::prelude::*;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::timestamp::Timestamp;
use crate::handle::Handle;
use crate::record::{Columns, Record};
use crate::schema::sessions;

/// Converts an instant for a column. The table holds UTC without a time zone.
pub(super) fn column(instant: OffsetDateTime) -> PrimitiveDateTime {
    let utc = instant.to_offset(UtcOffset::UTC);
    PrimitiveDateTime::new(utc.date(), utc.time())
}

/// A row to write.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = sessions)]
#[diesel(primary_key(session_key))]
#[diesel(treat_none_as_null = true)]
pub(super) struct Row {
    pub session_key: String,
    pub session_data: String,
    pub expire_date: PrimitiveDateTime,
    pub created_at: PrimitiveDateTime,
    pub version: i64,
    pub owner: Option<String>,
    pub expiry: Option<String>,
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

/// A row that was read.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct ReadRow {
    session_data: String,
    expire_date: Timestamp,
    created_at: Timestamp,
    version: i64,
    owner: Option<String>,
    expiry: Option<String>,
}

impl ReadRow {
    pub fn created_at(&self) -> OffsetDateTime {
        self.created_at.0
    }

    /// Returns `None` if this library can't have written the row.
    pub fn into_record(self) -> Option<Record> {
        Record::from_columns(Columns {
            session_data: &self.session_data,
            expire_date: self.expire_date.0,
            created_at: self.created_at.0,
            version: self.version,
            owner: self.owner,
            expiry: self.expiry.as_deref(),
        })
    }
}
