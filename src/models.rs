use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rocket_diesel_sessions::Handle;
use rocket_diesel_sessions::db::DbConnection;
use serde::Serialize;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::schema::sessions;

/// A row of the table `sessions`, as `sqlite3` and `psql` show it.
#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub session_key: String,
    pub session_data: String,
    #[diesel(select_expression = sql("CAST(expire_date AS TEXT)"))]
    #[diesel(select_expression_type = SqlLiteral<Text>)]
    expire_date: String,
    #[diesel(select_expression = sql("CAST(created_at AS TEXT)"))]
    #[diesel(select_expression_type = SqlLiteral<Text>)]
    created_at: String,
    version: i64,
    owner: Option<String>,
    pub expiry: Option<String>,
}

impl SessionRow {
    /// Returns the row of a session, whether it has expired or not.
    pub fn find(handle: &Handle, conn: &mut DbConnection) -> QueryResult<Option<Self>> {
        sessions::table.find(handle.as_str()).select(Self::as_select()).first(conn).optional()
    }

    /// Returns how long the row still lives. Negative if it has expired, `None` if its date is malformed.
    pub fn time_left(&self, now: OffsetDateTime) -> Option<Duration> {
        Some(instant(&self.expire_date)?.assume_utc() - now)
    }

    /// Returns how long a new row lives. `None` if one of its dates is malformed.
    pub fn lifetime(&self) -> Option<Duration> {
        Some(instant(&self.expire_date)? - instant(&self.created_at)?)
    }
}

fn instant(text: &str) -> Option<PrimitiveDateTime> {
    PrimitiveDateTime::parse(text, format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).ok()
}
