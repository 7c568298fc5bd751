use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::error::Result;

/// Returns the URL under which SQLite opens a database file.
pub fn url(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("the folder's name is not UTF-8")?)
}

/// Opens a connection beside the server's own connections.
///
/// It waits up to 30 seconds for another connection's lock, or for the recovery of a database whose server was killed.
pub fn open(path: &Path) -> Result<SqliteConnection> {
    let mut conn = SqliteConnection::establish(url(path)?)?;
    conn.batch_execute("PRAGMA busy_timeout = 30000")?;
    Ok(conn)
}
