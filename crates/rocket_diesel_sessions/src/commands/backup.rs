use std::error::Error;
use std::path::Path;

use diesel::prelude::*;
use rocket::figment::Figment;

use crate::db::{Config, Database, DbConnection, open_sqlite};
use crate::schema::sessions;

/// The command `backup`. Returns what it prints.
pub(super) fn back_up(figment: &Figment, file: &Path) -> Result<String, Box<dyn Error>> {
    let config = Config::extract(figment)?;
    if config.is_missing() {
        return Err(format!("there is no database {}", config.url).into());
    }
    let size = Database::connect(&config)?.back_up_to(file)?;
    // An absolute path is not taken for a URL.
    let mut copy = open_sqlite(&file.canonicalize()?.to_string_lossy())?;
    let count = |conn: &mut DbConnection| sessions::table.count().get_result::<i64>(conn);
    let count =
        count(&mut copy).map_err(|error| format!("the copy was made, but its sessions can't be counted: {error}"))?;
    Ok(format!("Copied {count} sessions, {size} bytes, from {} to {}.", config.url, file.display()))
}
