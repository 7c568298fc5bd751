use diesel::prelude::*;

use crate::db::connection::DbConnection;

/// Returns the URI that opens the file at `path` and never creates one. If somebody has moved the file away, an empty file in
/// its place would hide the loss.
pub(in crate::db) fn existing_file_uri(path: &str) -> String {
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?mode=rw")
}

/// Returns the file that a connection has open, as SQLite names it, whatever the URL looked like.
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
