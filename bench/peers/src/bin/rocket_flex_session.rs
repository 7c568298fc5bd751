//! Rocket with rocket_flex_session and its PostgreSQL storage.

use std::collections::HashMap;

use rocket::response::content::RawHtml;
use rocket::{Build, Config, Rocket, get, routes};
use rocket_flex_session::storage::sqlx::{SessionSqlx, SqlxPostgresStorage};
use rocket_flex_session::{RocketFlexSession, Session, SessionHashMap, SessionIdentifier};
use sqlx::Postgres;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The session's data: keys and values, as in the other contestants.
#[derive(Clone, Default)]
struct Data(HashMap<String, String>);

impl SessionHashMap for Data {
    type Value = String;

    fn get(&self, key: &str) -> Option<&String> {
        self.0.get(key)
    }

    fn insert(&mut self, key: String, value: String) {
        self.0.insert(key, value);
    }

    fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}

impl SessionIdentifier for Data {
    type Id = String;

    fn identifier(&self) -> Option<String> {
        None
    }
}

impl SessionSqlx<Postgres> for Data {
    type Error = serde_json::Error;
    type Data = String;

    fn into_sql(self) -> Result<String, Self::Error> {
        serde_json::to_string(&self.0)
    }

    fn from_sql(value: String) -> Result<Self, Self::Error> {
        serde_json::from_str(&value).map(Self)
    }
}

#[get("/get")]
fn getsession(session: Session<Data>) -> RawHtml<String> {
    RawHtml(peers::page(session.get_key("name"), session.get_key("lname")))
}

#[get("/set")]
fn setsession(mut session: Session<Data>) -> RawHtml<&'static str> {
    session.set_key("name".to_owned(), "Bipasha".to_owned());
    session.set_key("lname".to_owned(), "Codedec".to_owned());
    RawHtml(peers::SET)
}

#[get("/del")]
fn delsession(mut session: Session<Data>) -> RawHtml<&'static str> {
    session.remove_key("name");
    RawHtml(peers::DELETED)
}

async fn build() -> Result<Rocket<Build>, peers::Error> {
    let pool = peers::pool().await?;
    // The library leaves the table to the application. Its documentation names these columns.
    let table = "CREATE TABLE IF NOT EXISTS sessions
        (id text PRIMARY KEY, data text NOT NULL, user_id text, expires timestamptz NOT NULL)";
    sqlx::query(table).execute(&pool).await?;
    let storage = SqlxPostgresStorage::builder().pool(pool).table_name("sessions").build();
    let sessions =
        RocketFlexSession::<Data>::builder().storage(storage).with_options(|options| options.secure = false).build();
    // The environment configures Rocket: ROCKET_SECRET_KEY and so on.
    let figment = Config::figment().merge(("port", peers::port()?)).merge(("address", "127.0.0.1"));
    Ok(rocket::custom(figment).attach(sessions).mount("/", routes![getsession, setsession, delsession]))
}

#[rocket::main]
async fn main() -> Result<(), peers::Error> {
    build().await?.launch().await?;
    Ok(())
}
