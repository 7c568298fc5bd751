use std::fs;

use crate::installation::Installation;
use crate::visitor::Visitor;
use crate::writer::Writer;

#[rocket::async_test]
async fn after_a_backup_was_moved_over_the_file_changes_are_refused_and_a_restart_uses_the_backup() {
    let installation = Installation::new();
    let mut server = installation.start();
    let mut backed_up = Writer::many(&server, 200);
    for writer in &mut backed_up {
        writer.must_change().await;
    }
    let backup = installation.file().with_extension("backup");
    installation.database().back_up(&backup);
    let mut restored: Vec<Writer> = backed_up.clone();
    // After the backup, the sessions change and new ones are created. So the old WAL is full of changes that must not
    // get into the new file.
    let mut newer = Writer::many(&server, 200);
    for writer in backed_up.iter_mut().chain(&mut newer) {
        writer.must_change().await;
    }

    fs::rename(&backup, installation.file()).unwrap();
    for writer in [&mut Writer::new(Visitor::new(&server)), &mut backed_up[0], &mut newer[0]] {
        assert_eq!(writer.change().await, Some(503), "a change was written to a file that has been replaced");
    }
    let cause = server.has_logged(&["removed", "replaced"]);
    assert!(cause, "the log does not have the cause:\n{}", server.log_tail());
    for writer in &mut newer {
        writer.check().await; // reads still see the old file
    }
    assert!(server.is_running());

    server.stop();
    for file in [installation.wal(), installation.file().with_extension("sqlite3-shm")] {
        fs::remove_file(file).unwrap(); // the last step of restoring a backup
    }
    let server = installation.start();
    installation.database().check_integrity();
    assert_eq!(installation.database().count_rows(), 200);
    for writer in &mut restored {
        writer.visitor.set_server(&server);
        writer.check().await;
        writer.must_change().await;
        writer.check().await;
    }
}
