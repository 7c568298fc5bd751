use std::path::Path;

use diesel::connection::SimpleConnection;
#[cfg(feature = "postgres")]
use diesel::prelude::*;

use crate::db::{DbConnection, open_sqlite};

/// Returns the `url` of an empty database for one test: of a file in `folder`. If the feature `postgres` is on, and
/// `TEST_DATABASE_URL` in the environment has the URL of a server, of a new schema there instead. Nobody drops that schema, so
/// use a server that is thrown away.
///
/// # Panics
///
/// Panics if the server can't be reached.
pub fn new_database(folder: &Path) -> String {
    #[cfg(feature = "postgres")]
    if let Ok(server) = std::env::var("TEST_DATABASE_URL") {
        let schema = format!("test_{:032x}", rand::random::<u128>());
        PgConnection::establish(&server)
            .expect("TEST_DATABASE_URL should be the URL of a server")
            .batch_execute(&format!("CREATE SCHEMA {schema}"))
            .expect("the role should be allowed to create a schema");
        let separator = if server.contains('?') { '&' } else { '?' };
        return format!("{server}{separator}options=-csearch_path%3D{schema}");
    }
    folder.join("db.sqlite3").to_str().expect("the path should be UTF-8").to_owned()
}

/// Opens a connection to such a database, as another program would.
///
/// # Panics
///
/// Panics if there is no such database.
pub fn connect(url: &str) -> DbConnection {
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        let url = format!("{url}&application_name=another_program");
        return DbConnection::Postgres(PgConnection::establish(&url).expect("the server should be reachable"));
    }
    let mut conn = open_sqlite(&format!("file:{url}")).expect("the file should be a database");
    conn.batch_execute("PRAGMA busy_timeout = 10000").expect("the timeout is allowed");
    conn
}
