use std::convert::Infallible;

use rocket::Request;
use rocket::request::{FromRequest, Outcome};
use rocket_diesel_sessions::Handle;
use rocket_diesel_sessions::db::{Database, Error};

use super::listener::without_listening;
use crate::models::SessionRow;

/// The table `sessions`, if the sessions are kept in it.
pub struct Table<'r>(Option<&'r Database>);

impl Table<'_> {
    pub fn exists(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the row of the session, whether it has expired or not.
    pub async fn find(&self, handle: &Handle) -> Result<Option<SessionRow>, Error> {
        let Some(database) = self.0 else { return Ok(None) };
        let handle = handle.clone();
        database.read(move |conn| without_listening(|| SessionRow::find(&handle, conn))).await
    }
}

/// Not `&State<Database>`: other engines have no database, and Rocket would refuse to launch without one.
#[rocket::async_trait]
impl<'r> FromRequest<'r> for Table<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Self(request.rocket().state()))
    }
}
