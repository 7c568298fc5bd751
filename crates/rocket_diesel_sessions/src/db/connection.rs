use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

#[cfg(feature = "postgres")]
pub use any::AnyConnection;

/// The connection that [`Database::read`](super::Database::read) and [`Database::write`](super::Database::write) pass to
/// a closure. With the feature `postgres` it is an enum of both databases.
#[cfg(not(feature = "postgres"))]
pub type DbConnection = SqliteConnection;

/// The connection that [`Database::read`](super::Database::read) and [`Database::write`](super::Database::write) pass to
/// a closure.
#[cfg(feature = "postgres")]
pub type DbConnection = AnyConnection;

/// Opens a file.
pub(crate) fn open_sqlite(url: &str) -> ConnectionResult<DbConnection> {
    let conn = SqliteConnection::establish(url)?;
    #[cfg(feature = "postgres")]
    let conn = AnyConnection::Sqlite(conn);
    Ok(conn)
}

/// Returns the connection of a database that is SQLite's.
pub(super) fn as_sqlite(conn: &mut DbConnection) -> &mut SqliteConnection {
    #[cfg(feature = "postgres")]
    let AnyConnection::Sqlite(conn) = conn else { panic!("the connection is not SQLite's") };
    conn
}

#[cfg(feature = "postgres")]
#[allow(missing_docs)] // of what the macro generates
mod any {
    use diesel::pg::PgConnection;
    use diesel::sqlite::SqliteConnection;

    /// A connection to PostgreSQL or to SQLite. Diesel runs the same queries on both, apart from those that only one of
    /// them has, such as `ON CONFLICT`.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        /// A connection to a server.
        Postgres(PgConnection),
        /// An open file.
        Sqlite(SqliteConnection),
    }
}
