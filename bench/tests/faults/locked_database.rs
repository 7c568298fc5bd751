use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, time::sleep};

use crate::installation::Installation;
use crate::server::Server;
use crate::visitor::Visitor;
use crate::writer::{Writer, join_all};

/// The default of the setting `databases.sessions.timeout`.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A task that reads one session again and again until it is stopped.
struct Reader {
    stop: Arc<AtomicBool>,
    /// Returns the number of reads and the time of the slowest one.
    task: JoinHandle<(usize, Duration)>,
}

impl Reader {
    fn start(writer: &Writer) -> Self {
        let (stop, mut reader) = (Arc::new(AtomicBool::new(false)), writer.clone());
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let (mut reads, mut slowest) = (0, Duration::ZERO);
            while !stopped.load(Relaxed) {
                let started = Instant::now();
                reader.check().await;
                slowest = slowest.max(started.elapsed());
                reads += 1;
                sleep(Duration::from_millis(2)).await;
            }
            (reads, slowest)
        });
        Self { stop, task }
    }

    /// Stops the task. Panics if a read has waited for the lock.
    async fn stop(self) {
        self.stop.store(true, Relaxed);
        let (reads, slowest) = self.task.await.unwrap();
        println!("{reads} reads, the slowest took {slowest:?}");
        assert!(reads > 100 && slowest < Duration::from_secs(2), "{reads}, {slowest:?}");
    }
}

/// Creates 16 sessions to change and one to read.
async fn create_sessions(server: &Server) -> (Vec<Writer>, Writer) {
    let mut writers = Writer::many(server, 17);
    for writer in &mut writers {
        writer.must_change().await;
    }
    let read = writers.pop().unwrap();
    (writers, read)
}

#[rocket::async_test]
async fn a_lock_shorter_than_the_timeout_delays_changes_but_no_reads() {
    let installation = Installation::new();
    let server = installation.start();
    let (writers, read) = create_sessions(&server).await;

    let mut other = installation.database();
    other.lock();
    let locked = Instant::now();
    let reader = Reader::start(&read);
    let changes = tokio::spawn(join_all(writers.into_iter().map(async |mut writer: Writer| {
        writer.must_change().await;
        (writer, Instant::now())
    })));
    sleep(Duration::from_secs(3)).await;
    let released = Instant::now();
    other.unlock();

    for (mut writer, answered) in changes.await.unwrap() {
        assert!(answered >= released, "answered after {:?}", answered - locked);
        writer.check().await;
    }
    reader.stop().await;
}

/// Sends changes until `end`, each of which must be refused. Returns how many were refused and the time of the slowest.
async fn expect_refusals(mut writer: Writer, end: Instant) -> (Writer, usize, Duration) {
    let (mut refused, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < end {
        let started = Instant::now();
        assert_eq!(writer.change().await, Some(503));
        slowest = slowest.max(started.elapsed());
        refused += 1;
    }
    (writer, refused, slowest)
}

#[rocket::async_test]
async fn a_lock_longer_than_the_timeout_refuses_changes_but_no_reads() {
    let installation = Installation::new();
    let mut server = installation.start();
    let (writers, read) = create_sessions(&server).await;

    let mut other = installation.database();
    other.lock();
    let locked = Instant::now();
    let reader = Reader::start(&read);
    let end = locked + Duration::from_secs(60) - 3 * TIMEOUT;
    let results = join_all(writers.into_iter().map(|writer| expect_refusals(writer, end))).await;
    // A page without a session does not wait for the lock, and neither does a visitor without one.
    for path in ["/bench/plain", "/bench/show"] {
        assert_eq!(Visitor::new(&server).get(path).await.unwrap().status, 200);
    }
    let cause = server.has_logged(&["locked", "busy"]);
    assert!(cause, "the log does not have the cause:\n{}", server.log_tail());
    sleep(Duration::from_secs(60).saturating_sub(locked.elapsed())).await;
    other.unlock();
    reader.stop().await;

    let slowest = results.iter().map(|(_, _, slowest)| *slowest).max().unwrap();
    let refused: usize = results.iter().map(|(_, refused, _)| refused).sum();
    println!("{refused} refused, the slowest after {slowest:?}");
    // A change waits for its place in the queue, and then for the lock. Each wait has its own timeout.
    assert!(slowest < 2 * TIMEOUT + Duration::from_secs(1), "refused after {slowest:?}");
    for (mut writer, _, _) in results {
        writer.check().await;
        writer.change_until_ok(2 * TIMEOUT).await;
        writer.check().await;
    }
    assert!(server.is_running());
}
