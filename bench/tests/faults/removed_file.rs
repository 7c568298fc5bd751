use std::fs;

use crate::installation::Installation;
use crate::server::Server;
use crate::visitor::Visitor;
use crate::writer::Writer;

async fn create_sessions(server: &Server) -> Vec<Writer> {
    let mut writers = Writer::many(server, 16);
    for writer in &mut writers {
        writer.must_change().await;
    }
    writers
}

async fn check(writers: &mut [Writer], server: &Server) {
    for writer in writers {
        writer.visitor.set_server(server);
        writer.check().await;
    }
}

#[rocket::async_test]
async fn after_the_file_was_moved_changes_are_refused_until_the_server_is_started_again() {
    let installation = Installation::new();
    let mut server = installation.start();
    let mut writers = create_sessions(&server).await;

    let elsewhere = installation.file().with_extension("moved");
    fs::rename(installation.file(), &elsewhere).unwrap();
    for writer in &mut writers {
        assert_eq!(writer.change().await, Some(503), "a change was written to a file that was moved away");
    }
    assert_eq!(Writer::new(Visitor::new(&server)).change().await, Some(503));
    assert!(server.has_logged(&["removed"]), "the log does not have the cause:\n{}", server.log_tail());
    check(&mut writers, &server).await;
    assert!(!installation.file().exists(), "the server created an empty database in place of the one that was moved");

    fs::rename(&elsewhere, installation.file()).unwrap();
    assert_eq!(writers[0].change().await, Some(503), "the server went on with a file that had been away");
    assert!(server.is_running());

    server.stop();
    let server = installation.start();
    installation.database().check_integrity();
    check(&mut writers, &server).await;
    for writer in &mut writers {
        writer.must_change().await;
    }
}

/// The changes that only the deleted WAL had are lost. After a restart, the database is intact and accepts changes.
#[rocket::async_test]
async fn after_the_wal_was_deleted_changes_are_refused_until_the_server_is_started_again() {
    let installation = Installation::new();
    let mut server = installation.start();
    let mut writers = create_sessions(&server).await;

    fs::remove_file(installation.wal()).unwrap();
    for writer in &mut writers {
        assert_eq!(writer.change().await, Some(503), "a change was written to a WAL that nobody can find");
    }
    assert!(server.is_running());

    server.stop();
    let server = installation.start();
    installation.database().check_integrity();
    let mut visitor = Writer::new(Visitor::new(&server));
    visitor.must_change().await;
    visitor.check().await;
}
