use std::time::Duration;

use rand::Rng;
use rocket::tokio::{self, time::sleep};

use crate::chance::dice;
use crate::site::Site;
use crate::writer::{Writer, together};

const KILLS: usize = 20;
const WRITERS: usize = 24;

#[rocket::async_test]
async fn a_change_that_was_answered_survives_kill_9() {
    let (mut dice, site) = (dice(), Site::new());
    let mut server = site.start();
    let mut writers = Writer::crowd(&server, WRITERS);
    let mut changes = 0;

    for _ in 0..KILLS {
        let storm = tokio::spawn(together(writers.into_iter().map(Writer::change_until_unanswered)));
        sleep(Duration::from_millis(dice.random_range(50..400))).await;
        server.kill();
        writers = storm.await.unwrap();

        server = site.start();
        site.database().check();
        for writer in &mut writers {
            writer.visitor.go_to(&server);
            writer.check().await;
        }
        // The storm was one, and it goes on after the kill.
        let sum = writers.iter().map(|writer| writer.acknowledged).sum();
        assert!(sum > changes, "no change was made between two kills:\n{}", server.last_words());
        changes = sum;
    }
    println!("{changes} changes, {KILLS} kills");
}
