use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::Text;
use rocket_diesel_sessions::schema::sessions;

/// The server's database, opened by another program: this one.
pub struct Database(SqliteConnection);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

impl Database {
    pub fn open(file: &Path) -> Self {
        let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        Self(conn)
    }

    /// Panics where the file is damaged.
    pub fn check(&mut self) {
        let lines: Vec<Line> = diesel::sql_query("PRAGMA integrity_check").load(&mut self.0).unwrap();
        let lines: Vec<String> = lines.into_iter().map(|line| line.integrity_check).collect();
        assert_eq!(lines, ["ok"]);
    }

    pub fn rows(&mut self) -> i64 {
        sessions::table.select(count_star()).get_result(&mut self.0).unwrap()
    }

    /// Keeps all other programs from writing, until `unlock`.
    pub fn lock(&mut self) {
        self.0.batch_execute("BEGIN IMMEDIATE").unwrap();
    }

    pub fn unlock(&mut self) {
        self.0.batch_execute("ROLLBACK").unwrap();
    }

    /// Keeps reading what is there now, so that no checkpoint goes further, until it is dropped.
    pub fn look(&mut self) {
        self.0.batch_execute("BEGIN").unwrap();
        self.rows();
    }

    /// Moves the whole journal into the file.
    pub fn checkpoint(&mut self) {
        self.0.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    }

    pub fn back_up(&mut self, to: &Path) {
        self.0.batch_execute(&format!("VACUUM INTO '{}'", to.display())).unwrap();
    }
}
