use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rocket::tokio::{self, time::sleep};

use crate::installation::Installation;
use crate::random::seeded_rng;
use crate::writer::{Writer, join_all};

/// The size of the WAL's header. Frames follow, each of which is a header and a page.
const HEADER: u64 = 32;
const FRAME: u64 = 24 + 4096;

/// The database of a killed server. All changes are in the WAL, and none of them is in the database file.
///
/// If the end of the WAL is cut off, the database looks as it does after a power cut: the changes in that part were
/// never written. (A power cut cannot damage a WAL that has been copied into the file, because it was on the disk
/// before.)
struct CrashedDatabase {
    installation: Installation,
    writers: Vec<Writer>,
}

impl CrashedDatabase {
    async fn new(rng: &mut StdRng) -> Self {
        let installation = Installation::new();
        let server = installation.start();
        let mut writers = Writer::many(&server, 16);
        for writer in &mut writers {
            writer.must_change().await;
        }
        let mut reader = installation.database();
        reader.checkpoint();
        reader.begin_reading();
        let changes = tokio::spawn(join_all(writers.into_iter().map(Writer::change_until_unanswered)));
        sleep(Duration::from_millis(rng.random_range(300..600))).await;
        server.kill();
        let writers = changes.await.unwrap();

        // The reader is the last connection to the original, so it deletes the original's WAL when it closes.
        Self { installation: copy(&installation), writers }
    }

    fn wal_length(&self) -> u64 {
        fs::metadata(self.installation.wal()).unwrap().len()
    }

    /// Copies the database, damages the copy's WAL and starts a server on it. Returns the value of each session.
    async fn recover(&mut self, damage: impl FnOnce(&Path)) -> Vec<u64> {
        let copy = copy(&self.installation);
        damage(&copy.wal());

        let server = copy.start();
        copy.database().check_integrity();
        let mut values = Vec::new();
        for writer in &mut self.writers {
            let mut writer = writer.with_server(&server);
            values.push(writer.accept_value().await);
            writer.must_change().await;
            writer.check().await;
        }
        copy.database().check_integrity();
        values
    }
}

/// Copies the database file and its WAL. SQLite creates the WAL's index (`-shm`) again.
fn copy(installation: &Installation) -> Installation {
    let copy = Installation::new();
    fs::copy(installation.file(), copy.file()).unwrap();
    fs::copy(installation.wal(), copy.wal()).unwrap();
    copy
}

fn truncate(wal: &Path, length: u64) {
    OpenOptions::new().write(true).open(wal).unwrap().set_len(length).unwrap();
}

fn append(wal: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(wal).unwrap().write_all(bytes).unwrap();
}

#[rocket::async_test]
async fn a_truncated_wal_restores_each_session_to_an_earlier_state() {
    let mut rng = seeded_rng();
    let mut crashed = CrashedDatabase::new(&mut rng).await;
    let length = crashed.wal_length();
    let frames = (length - HEADER) / FRAME;
    println!("{frames} frames");
    assert!(frames > 10);

    let middle = HEADER + FRAME * (frames / 2);
    let mut lengths = vec![0, 1, HEADER - 1, HEADER, HEADER + 23, middle, middle + 24, middle + FRAME / 2, length - 1];
    lengths.extend((0..8).map(|_| rng.random_range(0..length)));
    lengths.sort_unstable();
    let mut before = vec![0; crashed.writers.len()];
    for length in lengths {
        let values = crashed.recover(|wal| truncate(wal, length)).await;
        let has_more = before.iter().zip(&values).all(|(before, now)| before <= now);
        assert!(has_more, "a longer WAL of {length} bytes restores less: {before:?}, {values:?}");
        before = values;
    }
    assert!(before.iter().any(|value| *value > 1), "the WAL had no changes");
}

#[rocket::async_test]
async fn garbage_after_the_end_of_the_wal_loses_no_answered_change() {
    let mut rng = seeded_rng();
    let mut crashed = CrashedDatabase::new(&mut rng).await;
    for size in [1, 24, 5000, 100_000] {
        let garbage: Vec<u8> = (0..size).map(|_| rng.random()).collect();
        let values = crashed.recover(|wal| append(wal, &garbage)).await;
        for (writer, value) in crashed.writers.iter().zip(values) {
            assert!(value >= writer.acknowledged, "{value} of {}", writer.acknowledged);
        }
    }
}

#[rocket::async_test]
async fn garbage_in_place_of_the_end_of_the_wal_is_never_read_as_a_session() {
    let mut rng = seeded_rng();
    let mut crashed = CrashedDatabase::new(&mut rng).await;
    let length = crashed.wal_length();
    for _ in 0..4 {
        let kept = rng.random_range(HEADER..length);
        let garbage: Vec<u8> = (kept..length).map(|_| rng.random()).collect();
        crashed
            .recover(|wal| {
                truncate(wal, kept);
                append(wal, &garbage);
            })
            .await;
    }
}
