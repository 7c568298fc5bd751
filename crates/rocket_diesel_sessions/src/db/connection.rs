use diesel::sqlite::SqliteConnection;

/// The connection that [`Database::read`](super::Database::read) and [`Database::write`](super::Database::write) pass to
/// a closure.
pub type DbConnection = SqliteConnection;
