use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rocket::tokio::{self, time::sleep};

use crate::chance::dice;
use crate::site::Site;
use crate::writer::{Writer, together};

/// The file's journal: a header, then frames of a header and a page each.
const HEADER: u64 = 32;
const FRAME: u64 = 24 + 4096;

/// A database whose server was killed, with all of the storm in the journal and nothing of it in the file: what is cut
/// off then is as if it had never been written, as after a power cut. (A journal that is in the file already is not
/// torn by a power cut, since the disk had it before.)
struct Wreck {
    site: Site,
    writers: Vec<Writer>,
}

impl Wreck {
    async fn new(dice: &mut StdRng) -> Self {
        let site = Site::new();
        let server = site.start();
        let mut writers = Writer::crowd(&server, 16);
        for writer in &mut writers {
            writer.must_change().await;
        }
        let mut reader = site.database();
        reader.checkpoint();
        reader.look();
        let storm = tokio::spawn(together(writers.into_iter().map(Writer::change_until_unanswered)));
        sleep(Duration::from_millis(dice.random_range(300..600))).await;
        server.kill();
        let writers = storm.await.unwrap();

        // Away from the reader, who as the last one would tidy up.
        Self { site: copy(&site), writers }
    }

    fn journal_length(&self) -> u64 {
        fs::metadata(self.site.wal()).unwrap().len()
    }

    /// A server on a copy of the wreck, whose journal `harm` has treated. What do the sessions hold?
    async fn recover(&mut self, harm: impl FnOnce(&Path)) -> Vec<u64> {
        let copy = copy(&self.site);
        harm(&copy.wal());

        let server = copy.start();
        copy.database().check();
        let mut held = Vec::new();
        for writer in &mut self.writers {
            let mut survivor = writer.in_another_world(&server);
            held.push(survivor.accept().await);
            survivor.must_change().await;
            survivor.check().await;
        }
        copy.database().check();
        held
    }
}

/// The same files elsewhere, without the journal's index: that is made anew.
fn copy(site: &Site) -> Site {
    let copy = Site::new();
    fs::copy(site.file(), copy.file()).unwrap();
    fs::copy(site.wal(), copy.wal()).unwrap();
    copy
}

fn cut(wal: &Path, length: u64) {
    OpenOptions::new().write(true).open(wal).unwrap().set_len(length).unwrap();
}

#[rocket::async_test]
async fn a_journal_that_was_cut_anywhere_sets_sessions_back_to_a_state_they_once_had() {
    let mut dice = dice();
    let mut wreck = Wreck::new(&mut dice).await;
    let length = wreck.journal_length();
    let frames = (length - HEADER) / FRAME;
    println!("{frames} frames");
    assert!(frames > 10);

    let middle = HEADER + FRAME * (frames / 2);
    let mut lengths = vec![0, 1, HEADER - 1, HEADER, HEADER + 23, middle, middle + 24, middle + FRAME / 2, length - 1];
    lengths.extend((0..8).map(|_| dice.random_range(0..length)));
    lengths.sort_unstable();
    let mut before = vec![0; wreck.writers.len()];
    for length in lengths {
        let held = wreck.recover(|wal| cut(wal, length)).await;
        let longer = before.iter().zip(&held).all(|(before, now)| before <= now);
        assert!(longer, "a longer journal of {length} bytes has less in it: {before:?}, {held:?}");
        before = held;
    }
    assert!(before.iter().any(|n| *n > 1), "the storm was not in the journal");
}

#[rocket::async_test]
async fn garbage_at_the_end_of_the_journal_loses_nothing_that_was_answered() {
    let mut dice = dice();
    let mut wreck = Wreck::new(&mut dice).await;
    for size in [1, 24, 5000, 100_000] {
        let garbage: Vec<u8> = (0..size).map(|_| dice.random()).collect();
        let append = |wal: &Path| OpenOptions::new().append(true).open(wal).unwrap().write_all(&garbage).unwrap();
        let held = wreck.recover(append).await;
        for (writer, held) in wreck.writers.iter().zip(held) {
            assert!(held >= writer.acknowledged, "{held} of {}", writer.acknowledged);
        }
    }
}

#[rocket::async_test]
async fn garbage_in_the_place_of_the_end_of_the_journal_is_not_taken_for_a_session() {
    let mut dice = dice();
    let mut wreck = Wreck::new(&mut dice).await;
    let length = wreck.journal_length();
    for _ in 0..4 {
        let kept = dice.random_range(HEADER..length);
        let garbage: Vec<u8> = (kept..length).map(|_| dice.random()).collect();
        wreck
            .recover(|wal| {
                cut(wal, kept);
                OpenOptions::new().append(true).open(wal).unwrap().write_all(&garbage).unwrap();
            })
            .await;
    }
}
