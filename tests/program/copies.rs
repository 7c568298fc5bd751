//! The commands `backup` and `copy`, through the eyes of a visitor: the cookies of before open the same sessions after.

use std::path::Path;

use crate::binary::Program;
use crate::server::{Browser, Server};

const PASSWORD: &str = "correct horse battery staple";

/// Signs a user in and sets the tutorial's values, in a program on this database.
fn visit(database: &str) -> (Browser, Browser) {
    let program = Program::new("debug").env("DATABASE_URL", database);
    let superuser = program.env("SUPERUSER_USERNAME", "ada").env("SUPERUSER_PASSWORD", PASSWORD);
    assert_eq!(superuser.run(&["createsuperuser", "--noinput"]).0, 0);
    let server = Server::start(database);
    let (visitor, user) = (Browser::new(), Browser::new());
    visitor.post(&server, "/set", &[]);
    user.post(&server, "/accounts/login", &[("username", "ada"), ("password", PASSWORD), ("next", "")]);
    assert_recognized(&visitor, &user, &server);
    (visitor, user)
}

fn assert_recognized(visitor: &Browser, user: &Browser, server: &Server) {
    assert!(visitor.get(server, "/get").contains("Bipasha"), "the session has its values");
    assert!(user.get(server, "/admin").contains("ada"), "the user is signed in");
    assert!(!visitor.get(server, "/admin").contains("ada"));
}

#[test]
fn after_a_backup_is_restored_the_cookies_open_the_same_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (database, backup) = (path("db.sqlite3"), path("backup.sqlite3"));
    let (visitor, user) = visit(&database);
    let server = Server::start(&database);
    let (status, output) = Program::new("debug").env("DATABASE_URL", &database).run(&["backup", &backup]);
    let size = std::fs::metadata(&backup).unwrap().len();
    assert_eq!((status, output), (0, format!("Copied 2 sessions, {size} bytes, from {database} to {backup}.\n")));
    visitor.post(&server, "/del", &[]);
    assert!(!visitor.get(&server, "/get").contains("Bipasha"));
    drop(server);
    for name in ["db.sqlite3-wal", "db.sqlite3-shm"] {
        let _ = std::fs::remove_file(path(name));
    }
    std::fs::rename(&backup, &database).unwrap();
    assert_recognized(&visitor, &user, &Server::start(&database));
}

#[test]
fn a_backup_that_can_not_be_made_fails_with_the_reason() {
    let program = Program::new("debug");
    let (status, output) = program.run(&["backup", "/no/such/folder/backup"]);
    assert_eq!(status, 1);
    assert!(output.starts_with("error: there is no database"), "{output}");
    assert!(!Path::new(&program.database()).exists(), "the command made a database");
    program.run(&["migrate"]);
    for (file, reason) in [("/no/such/folder/backup", "no such folder"), ("Cargo.toml", "this file exists")] {
        let (status, output) = program.run(&["backup", file]);
        assert_eq!(status, 1);
        assert!(output.contains(reason), "{output}");
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use rocket_diesel_sessions::testing::new_database;

    use super::*;

    fn copy(from: &str, to: &str) -> (i32, String) {
        Program::new("debug").run(&["copy", "--from", from, "--to", to])
    }

    #[test]
    #[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test program -- --ignored"]
    fn after_a_copy_to_postgresql_the_cookies_open_the_same_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (file, server) = (path("db.sqlite3"), new_database(folder.path()));
        let (visitor, user) = visit(&file);
        let (status, output) = copy(&file, &server);
        assert!(status == 0 && output.contains("2 sessions") && output.contains("1 users"), "{output}");
        assert_recognized(&visitor, &user, &Server::start(&server));
        let (status, output) = copy(&file, &server);
        assert!(status == 1 && output.contains("is not empty"), "{output}");
    }

    #[test]
    #[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test program -- --ignored"]
    fn a_copy_refuses_a_source_that_is_missing_not_migrated_or_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (file, to) = (path("db.sqlite3"), new_database(folder.path()));
        let (status, output) = copy(&file, &to);
        assert_eq!((status, output), (1, format!("error: there is no database {file}\n")));
        assert!(!Path::new(&file).exists(), "the command made a database");
        std::fs::write(path("empty"), "").unwrap();
        let (status, output) = copy(&path("empty"), &to);
        assert!(status == 1 && output.contains("pending") && output.contains("cargo run -- migrate"), "{output}");
        let _server = Server::start(&file);
        let (status, output) = copy(&file, &to);
        assert!(status == 1 && output.contains("Stop the server"), "{output}");
    }

    #[test]
    #[ignore = "needs PostgreSQL: .ci/with_postgres cargo test --features postgres --test program -- --ignored"]
    fn an_error_names_the_table_and_the_key_and_no_value() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
        assert_eq!(Program::new("debug").env("DATABASE_URL", &file).run(&["migrate"]).0, 0);
        let now = "'2026-01-01 00:00:00'";
        for (values, reason) in [
            (format!("'secret', {now}, {now}, 'secret'"), "does not fit"),
            (format!("'secret', 'secret', {now}, 1"), "does not fit"),
            (format!("'secret' || char(0), {now}, {now}, 1"), "does not fit"),
            (format!("CAST(x'ff41' AS TEXT), {now}, {now}, 1"), "not UTF-8"),
        ] {
            let insert = format!("REPLACE INTO sessions VALUES ('key', {values}, 'secret', NULL)");
            SqliteConnection::establish(&file).unwrap().batch_execute(&insert).unwrap();
            let (status, output) = copy(&file, &new_database(folder.path()));
            assert_eq!(status, 1);
            assert!(output.contains("the row \"key\" of the table sessions") && output.contains(reason), "{output}");
            assert!(!output.contains("secret"), "{output}");
        }
    }
}
