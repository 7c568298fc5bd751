use std::fs;
use std::time::Duration;

use crate::server::Server;
use crate::site::Site;
use crate::visitor::Visitor;
use crate::writer::Writer;

const DEADLINE: Duration = Duration::from_secs(30);

async fn writers(server: &Server) -> Vec<Writer> {
    let mut writers = Writer::crowd(server, 16);
    for writer in &mut writers {
        writer.must_change().await;
    }
    writers
}

async fn check(writers: &mut [Writer], server: &Server) {
    for writer in writers {
        writer.visitor.go_to(server);
        writer.check().await;
    }
}

#[rocket::async_test]
async fn a_file_that_was_moved_away_refuses_changes_until_it_is_moved_back() {
    let site = Site::new();
    let mut server = site.start();
    let mut writers = writers(&server).await;

    let elsewhere = site.file().with_extension("moved");
    fs::rename(site.file(), &elsewhere).unwrap();
    for writer in &mut writers {
        assert_eq!(writer.change().await, Some(503), "a change went into a file that is not there any more");
    }
    assert_eq!(Writer::new(Visitor::new(&server)).change().await, Some(503));
    assert!(server.has_logged(&["removed"]), "no cause in the log:\n{}", server.last_words());
    check(&mut writers, &server).await;
    assert!(!site.file().exists(), "an empty database was made in the place of the one with the sessions");

    fs::rename(&elsewhere, site.file()).unwrap();
    check(&mut writers, &server).await;
    for writer in &mut writers {
        writer.change_until_ok(DEADLINE).await;
    }
    assert!(server.is_running());

    server.kill();
    let server = site.start();
    site.database().check();
    check(&mut writers, &server).await;
}

/// Whatever becomes of the changes that were in the journal alone: none that is answered afterwards is lost.
#[rocket::async_test]
async fn changes_after_the_journal_was_removed_survive_kill_9() {
    let site = Site::new();
    let mut server = site.start();
    let mut writers = writers(&server).await;

    fs::remove_file(site.wal()).unwrap();
    for writer in &mut writers {
        writer.change_until_ok(DEADLINE).await;
        writer.check().await;
    }
    assert!(server.is_running());

    server.kill();
    let server = site.start();
    site.database().check();
    check(&mut writers, &server).await;
}
