use std::fs;
use std::time::{Duration, Instant};

use crate::site::Site;
use crate::visitor::Visitor;
use crate::writer::Writer;

const DEADLINE: Duration = Duration::from_secs(30);

#[rocket::async_test]
async fn a_backup_that_is_moved_over_the_file_is_noticed_before_a_change_is_answered() {
    let site = Site::new();
    let mut server = site.start();
    let mut backed_up = Writer::crowd(&server, 200);
    for writer in &mut backed_up {
        writer.must_change().await;
    }
    let backup = site.file().with_extension("backup");
    site.database().back_up(&backup);
    let old: Vec<Writer> = backed_up.clone();
    // After the backup the sessions change, and there are new ones: the old journal is full of what the new file must
    // not get.
    let mut newer = Writer::crowd(&server, 200);
    for writer in backed_up.iter_mut().chain(&mut newer) {
        writer.must_change().await;
    }

    fs::rename(&backup, site.file()).unwrap();
    // A stranger's: a lookup, which looks at the file once a second, might have noticed it first.
    let mut stranger = Writer::new(Visitor::new(&server));
    assert_eq!(stranger.change().await, Some(503), "a change went into a file that nobody can open any more");
    let cause = server.has_logged(&["removed", "replaced"]);
    assert!(cause, "no cause in the log:\n{}", server.last_words());

    // From now on it is the backup's world.
    let mut restored = old;
    restored[0].change_until_ok(DEADLINE).await;
    let started = Instant::now();
    while newer[0].accept().await != 0 {
        assert!(started.elapsed() < DEADLINE, "a session of the replaced file is still shown");
    }
    for writer in &mut restored {
        writer.check().await;
        writer.must_change().await;
        writer.check().await;
    }
    for writer in &mut newer {
        assert_eq!(writer.holds().await, 0);
    }
    site.database().check();
    assert_eq!(site.database().rows(), 200);
    assert!(server.is_running());

    server.kill();
    let server = site.start();
    site.database().check();
    for writer in &mut restored {
        writer.visitor.go_to(&server);
        writer.check().await;
    }
}
