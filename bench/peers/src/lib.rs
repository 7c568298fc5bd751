//! What the peers have in common: the environment, the pool of connections and the pages.

use std::env;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// How many connections to the database are open by default.
const POOL_SIZE: u32 = 16;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Returns the port to listen on, from the variable `PORT`.
pub fn port() -> Result<u16, Error> {
    Ok(env::var("PORT")?.parse()?)
}

/// Connects to the database that `DATABASE_URL` names, with as many connections as `POOL_SIZE` says.
///
/// By default sqlx asks the database before each query whether the connection still works, which is a round trip of its
/// own. The other contestants don't ask, so this one does not either.
pub async fn pool() -> Result<PgPool, Error> {
    let size = env::var("POOL_SIZE").map_or(Ok(POOL_SIZE), |size| size.parse())?;
    let options = PgPoolOptions::new().min_connections(size).max_connections(size).test_before_acquire(false);
    Ok(options.connect(&env::var("DATABASE_URL")?).await?)
}

/// Returns the page of `/get/`. It has the same bytes in every contestant.
pub fn page(name: Option<String>, lname: Option<String>) -> String {
    let (name, lname) = (name.unwrap_or_default(), lname.unwrap_or_default());
    format!("<!DOCTYPE html><title>Get session</title><p>Name: {name}<p>Last name: {lname}\n")
}

/// The page of `/set/`.
pub const SET: &str = "<!DOCTYPE html><title>Set session</title><p>The session is set.\n";

/// The page of `/del/`.
pub const DELETED: &str = "<!DOCTYPE html><title>Delete session</title><p>The name is deleted.\n";
