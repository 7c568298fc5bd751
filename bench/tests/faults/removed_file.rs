use std::fs;
use std::time::Duration;

use crate::installation::Installation;
use crate::server::Server;
use crate::visitor::Visitor;
use crate::writer::Writer;

const DEADLINE: Duration = Duration::from_secs(30);

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
async fn while_the_file_is_moved_away_changes_are_refused() {
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
    check(&mut writers, &server).await;
    for writer in &mut writers {
        writer.change_until_ok(DEADLINE).await;
    }
    assert!(server.is_running());

    server.kill();
    let server = installation.start();
    installation.database().check_integrity();
    check(&mut writers, &server).await;
}

/// The changes that only the deleted WAL had may be lost. Changes that are answered later must not be.
#[rocket::async_test]
async fn changes_after_the_wal_was_deleted_survive_kill_9() {
    let installation = Installation::new();
    let mut server = installation.start();
    let mut writers = create_sessions(&server).await;

    fs::remove_file(installation.wal()).unwrap();
    for writer in &mut writers {
        writer.change_until_ok(DEADLINE).await;
        writer.check().await;
    }
    assert!(server.is_running());

    server.kill();
    let server = installation.start();
    installation.database().check_integrity();
    check(&mut writers, &server).await;
}
