use diesel::prelude::*;

use crate::db::connection::DbConnection;

/// Returns the URI that opens the file at `path` and never creates it. If somebody has moved the file away, a new one
/// would be in the way when the file is moved back.
pub(in crate::db) fn existing_file_uri(path: &str) -> String {
    uri(path, "rw")
}

pub(super) fn uri(path: &str, mode: &str) -> String {
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?mode={mode}")
}

/// Returns the path of the file that a connection has open, as SQLite reports it. It does not depend on the form of the
/// URL.
pub(in crate::db) fn file_path(conn: &mut DbConnection) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Attached {
        #[diesel(sql_type = diesel::sql_types::Text)]
        file: String,
    }
    let attached: Attached =
        diesel::sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'").get_result(conn)?;
    Ok(attached.file)
}
