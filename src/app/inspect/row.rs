use std::convert::Infallible;

use diesel::prelude::*;
use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use rocket::serde::Serialize;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::statement::unheard;
use crate::Handle;
use crate::db::{Database, DbConnection, Error};
use crate::schema::sessions;

/// A row of the table, as sqlite3 shows it.
#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = sessions)]
#[serde(crate = "rocket::serde")]
pub struct Row {
    session_key: String,
    session_data: String,
    expire_date: String,
    created_at: String,
    version: i64,
    owner: Option<String>,
    expiry: Option<String>,
}

/// The table, where sessions are kept in it.
pub struct Table<'r>(Option<&'r Database>);

impl Table<'_> {
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// The session's row, living or not.
    pub async fn find(&self, handle: &Handle) -> Result<Option<Row>, Error> {
        let Some(database) = self.0 else { return Ok(None) };
        let key = handle.to_string();
        let row = move |conn: &mut DbConnection| sessions::table.find(&key).select(Row::as_select()).get_result(conn);
        database.read(move |conn| unheard(|| row(conn).optional())).await
    }
}

/// Not `&State<Database>`: with another engine there is none, and Rocket would refuse to launch.
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Table<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Self(request.rocket().state()))
    }
}

impl Row {
    /// How long the row still lives; negative for one that is over. `None` where its date is no date.
    pub fn time_left(&self, now: OffsetDateTime) -> Option<time::Duration> {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        let end = PrimitiveDateTime::parse(&self.expire_date, format).ok()?;
        Some(end.assume_utc() - now)
    }
}
