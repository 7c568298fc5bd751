use std::time::Duration;

use rand::Rng;
use rocket::tokio::{self, time::sleep};

use crate::installation::Installation;
use crate::random::seeded_rng;
use crate::writer::{Writer, join_all};

const KILLS: usize = 20;
const WRITERS: usize = 24;

#[rocket::async_test]
async fn an_answered_change_survives_kill_9() {
    let (mut rng, installation) = (seeded_rng(), Installation::new());
    let mut server = installation.start();
    let mut writers = Writer::many(&server, WRITERS);
    let mut total = 0;

    for _ in 0..KILLS {
        let changes = tokio::spawn(join_all(writers.into_iter().map(Writer::change_until_unanswered)));
        sleep(Duration::from_millis(rng.random_range(50..400))).await;
        server.kill();
        writers = changes.await.unwrap();

        server = installation.start();
        installation.database().check_integrity();
        for writer in &mut writers {
            writer.visitor.set_server(&server);
            writer.check().await;
        }
        // If no change was made, this kill tested nothing.
        let acknowledged = writers.iter().map(|writer| writer.acknowledged).sum();
        assert!(acknowledged > total, "no change was made between two kills:\n{}", server.log_tail());
        total = acknowledged;
    }
    println!("{total} changes, {KILLS} kills");
}
