use diesel::sqlite::SqliteConnection;

/// The connection that a closure of [`Database::read`](super::Database::read) or
/// [`Database::write`](super::Database::write) gets.
pub type DbConnection = SqliteConnection;
