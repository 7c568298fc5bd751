use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::Outcome;

/// The name of a database as SQLite is told it.
pub fn url(path: &Path) -> Outcome<&str> {
    Ok(path.to_str().ok_or("the folder's name is not UTF-8")?)
}

/// A connection beside the server's own. It waits for their locks, and for what a killed server left to be recovered.
pub fn open(path: &Path) -> Outcome<SqliteConnection> {
    let mut conn = SqliteConnection::establish(url(path)?)?;
    conn.batch_execute("PRAGMA busy_timeout = 30000")?;
    Ok(conn)
}
