use std::fs;
use std::time::{Duration, Instant};

use crate::installation::Installation;
use crate::visitor::Visitor;
use crate::writer::Writer;

const DEADLINE: Duration = Duration::from_secs(30);

#[rocket::async_test]
async fn no_change_is_answered_until_a_backup_moved_over_the_file_is_noticed() {
    let installation = Installation::new();
    let mut server = installation.start();
    let mut backed_up = Writer::many(&server, 200);
    for writer in &mut backed_up {
        writer.must_change().await;
    }
    let backup = installation.file().with_extension("backup");
    installation.database().back_up(&backup);
    let old: Vec<Writer> = backed_up.clone();
    // After the backup, the sessions change and new ones are created. So the old WAL is full of changes that must not
    // get into the new file.
    let mut newer = Writer::many(&server, 200);
    for writer in backed_up.iter_mut().chain(&mut newer) {
        writer.must_change().await;
    }

    fs::rename(&backup, installation.file()).unwrap();
    // A visitor without a cookie causes no lookup. Lookups check the file once a second, so one might notice the new
    // file first.
    let mut stranger = Writer::new(Visitor::new(&server));
    assert_eq!(stranger.change().await, Some(503), "a change was written to a file that has been replaced");
    let cause = server.has_logged(&["removed", "replaced"]);
    assert!(cause, "the log does not have the cause:\n{}", server.log_tail());

    // From now on, the server uses the backup.
    let mut restored = old;
    restored[0].change_until_ok(DEADLINE).await;
    let started = Instant::now();
    while newer[0].accept_value().await != 0 {
        assert!(started.elapsed() < DEADLINE, "a session of the replaced file is still shown");
    }
    for writer in &mut restored {
        writer.check().await;
        writer.must_change().await;
        writer.check().await;
    }
    for writer in &mut newer {
        assert_eq!(writer.value().await, 0);
    }
    installation.database().check_integrity();
    assert_eq!(installation.database().count_rows(), 200);
    assert!(server.is_running());

    server.kill();
    let server = installation.start();
    installation.database().check_integrity();
    for writer in &mut restored {
        writer.visitor.set_server(&server);
        writer.check().await;
    }
}
