use std::thread::{self, JoinHandle};

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use session_tutorial::schema::sessions;
use tempfile::TempDir;

use crate::server::{Browser, Server};

/// A server that is shutting down while a visitor's `/set/` waits for a lock of another program.
struct ShuttingDown {
    server: Server,
    lock: SqliteConnection,
    visit: JoinHandle<Option<u16>>,
    _folder: TempDir,
}

impl ShuttingDown {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
        // Rocket waits for all of `grace` if a connection is open when the shutdown begins.
        let shutdown = ("ROCKET_SHUTDOWN", "{grace=5,mercy=5}");
        let databases = ("ROCKET_DATABASES", "{sessions={timeout=60}}");
        let server = Server::start_with(&database, &[shutdown, databases]).unwrap();
        let mut lock = SqliteConnection::establish(&database).unwrap();
        lock.batch_execute("BEGIN IMMEDIATE").unwrap();
        let page = server.url("/set/");
        let visit = thread::spawn(move || Browser::new().status(&page));
        server.lines_until(|line| line.contains("GET /set/"));
        server.terminate();
        server.lines_until(|line| line.contains("Shutdown requested"));
        Self { server, lock, visit, _folder: folder }
    }
}

#[test]
fn a_shutdown_finishes_the_requests_and_the_writes_that_have_begun() {
    let ShuttingDown { server, mut lock, visit, _folder } = ShuttingDown::new();
    lock.batch_execute("ROLLBACK").unwrap();
    assert_eq!(visit.join().unwrap(), Some(200));
    assert!(server.wait().0.success());
    assert_eq!(sessions::table.count().get_result(&mut lock), Ok(1_i64));
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let ShuttingDown { mut server, lock, visit, _folder } = ShuttingDown::new();
    server.terminate_until_it_ends();
    assert_eq!(server.wait().0.code(), Some(128 + 15), "SIGTERM is signal 15");
    assert_eq!(visit.join().unwrap(), None, "the lock is still there");
    drop(lock);
}
