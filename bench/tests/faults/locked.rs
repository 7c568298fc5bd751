use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rocket::tokio::task::JoinHandle;
use rocket::tokio::{self, time::sleep};

use crate::server::Server;
use crate::site::Site;
use crate::visitor::Visitor;
use crate::writer::{Writer, together};

/// The default of `databases.sessions.timeout`.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A visitor who reads one session again and again, until told to stop, and counts.
struct Reader {
    stop: Arc<AtomicBool>,
    task: JoinHandle<(usize, Duration)>,
}

impl Reader {
    fn start(writer: &Writer) -> Self {
        let (stop, mut reader) = (Arc::new(AtomicBool::new(false)), writer.clone());
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let (mut answers, mut slowest) = (0, Duration::ZERO);
            while !stopped.load(Relaxed) {
                let asked = Instant::now();
                reader.check().await;
                slowest = slowest.max(asked.elapsed());
                answers += 1;
                sleep(Duration::from_millis(2)).await;
            }
            (answers, slowest)
        });
        Self { stop, task }
    }

    /// Panics where a read has waited for the lock.
    async fn stop(self) {
        self.stop.store(true, Relaxed);
        let (answers, slowest) = self.task.await.unwrap();
        println!("{answers} reads, the slowest took {slowest:?}");
        assert!(answers > 100 && slowest < Duration::from_secs(2), "{answers}, {slowest:?}");
    }
}

/// Visitors with a session each; the last one's is for reading.
async fn visitors(server: &Server) -> (Vec<Writer>, Writer) {
    let mut writers = Writer::crowd(server, 17);
    for writer in &mut writers {
        writer.must_change().await;
    }
    let read = writers.pop().unwrap();
    (writers, read)
}

#[rocket::async_test]
async fn a_lock_that_is_shorter_than_the_timeout_delays_changes_and_no_read() {
    let site = Site::new();
    let server = site.start();
    let (writers, read) = visitors(&server).await;

    let mut other = site.database();
    other.lock();
    let locked = Instant::now();
    let reader = Reader::start(&read);
    let changes = tokio::spawn(together(writers.into_iter().map(async |mut writer: Writer| {
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

/// Asks until `end`; how often, and how long did it take at most?
async fn be_refused(mut writer: Writer, end: Instant) -> (Writer, usize, Duration) {
    let (mut refused, mut slowest) = (0, Duration::ZERO);
    while Instant::now() < end {
        let asked = Instant::now();
        assert_eq!(writer.change().await, Some(503));
        slowest = slowest.max(asked.elapsed());
        refused += 1;
    }
    (writer, refused, slowest)
}

#[rocket::async_test]
async fn a_lock_that_is_longer_than_the_timeout_refuses_changes_and_no_read() {
    let site = Site::new();
    let mut server = site.start();
    let (writers, read) = visitors(&server).await;

    let mut other = site.database();
    other.lock();
    let locked = Instant::now();
    let reader = Reader::start(&read);
    let end = locked + Duration::from_secs(60) - 3 * TIMEOUT;
    let all = together(writers.into_iter().map(|writer| be_refused(writer, end))).await;
    // A page that asks for no session, and nobody who has none, waits either.
    for path in ["/bench/plain", "/bench/show"] {
        assert_eq!(Visitor::new(&server).get(path).await.unwrap().status, 200);
    }
    let cause = server.has_logged(&["locked", "busy"]);
    assert!(cause, "no cause in the log:\n{}", server.last_words());
    sleep(Duration::from_secs(60).saturating_sub(locked.elapsed())).await;
    other.unlock();
    reader.stop().await;

    let slowest = all.iter().map(|(_, _, slowest)| *slowest).max().unwrap();
    println!("{} refused, the slowest after {slowest:?}", all.iter().map(|(_, refused, _)| refused).sum::<usize>());
    // Its turn, and then the lock.
    assert!(slowest < 2 * TIMEOUT + Duration::from_secs(1), "refused after {slowest:?}");
    for (mut writer, _, _) in all {
        writer.check().await;
        writer.change_until_ok(2 * TIMEOUT).await;
        writer.check().await;
    }
    assert!(server.is_running());
}
