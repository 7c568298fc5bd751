use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rocket_diesel_sessions::schema::sessions;

/// A connection to the server's database from another program: this one.
pub struct Database(SqliteConnection);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

impl Database {
    /// Opens the database file.
    pub fn open(file: &Path) -> Self {
        let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        Self(conn)
    }

    /// Panics if the file is corrupt.
    pub fn check_integrity(&mut self) {
        let lines: Vec<Line> = diesel::sql_query("PRAGMA integrity_check").load(&mut self.0).unwrap();
        let lines: Vec<String> = lines.into_iter().map(|line| line.integrity_check).collect();
        assert_eq!(lines, ["ok"]);
    }

    /// Returns the number of sessions.
    pub fn count_rows(&mut self) -> i64 {
        sessions::table.select(count_star()).get_result(&mut self.0).unwrap()
    }

    /// Takes the write lock. Other programs cannot write until `unlock`.
    pub fn lock(&mut self) {
        self.0.batch_execute("BEGIN IMMEDIATE").unwrap();
    }

    /// Releases the write lock.
    pub fn unlock(&mut self) {
        self.0.batch_execute("ROLLBACK").unwrap();
    }

    /// Starts a read transaction. Until the connection is dropped, no checkpoint copies later changes into the file.
    pub fn begin_reading(&mut self) {
        self.0.batch_execute("BEGIN").unwrap();
        self.count_rows();
    }

    /// Copies the whole WAL into the file and empties it.
    pub fn checkpoint(&mut self) {
        self.0.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    }

    /// Writes a copy of the database to another file.
    pub fn back_up(&mut self, to: &Path) {
        self.0.batch_execute(&format!("VACUUM INTO '{}'", to.display())).unwrap();
    }
}
