use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rocket::tokio::{self, time::interval};

use crate::installation::Installation;
use crate::random::seeded_rng;
use crate::server::Server;
use crate::visitor::Visitor;
use crate::writer::{join_all, value};

const CLIENTS: usize = 32;

/// How many KiB a thread keeps after it has rendered a page, for its stack and its part of the heap.
///
/// The number of threads depends on how busy the machine is, not on the number of requests: tokio starts a thread if
/// another one blocks and none is idle.
const MEMORY_PER_THREAD: u64 = 256;

/// A client that sends all kinds of requests and knows what its session must contain.
struct Client {
    visitor: Visitor,
    rng: StdRng,
    /// The value in the session, or 0 if there is no session.
    expected: u64,
}

impl Client {
    /// Sends random requests until no request is left.
    async fn run(mut self, left: Arc<AtomicUsize>) -> Self {
        while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            match self.rng.random_range(0..100) {
                0..45 => self.check().await,
                45..60 => self.get("/get", 200).await,
                60..75 => self.change(self.expected + 1).await,
                75..85 => self.change(self.expected.max(1)).await, // the same value again, so nothing is saved
                85..95 => self.get("/nowhere", 404).await,
                95..97 => self.get("/bench/plain", 200).await,
                _ => self.end().await,
            }
        }
        self
    }

    async fn get(&mut self, path: &str, status: u16) {
        let response = self.visitor.get(path).await.unwrap_or_else(|| panic!("no response to {path}"));
        assert_eq!(response.status, status, "{path}: {}", response.body);
    }

    async fn change(&mut self, value: u64) {
        self.get(&format!("/bench/both/{value}"), 200).await;
        self.expected = value;
    }

    async fn end(&mut self) {
        self.get("/bench/end", 200).await;
        self.expected = 0;
    }

    async fn check(&mut self) {
        assert_eq!(value(&self.visitor.show().await), self.expected);
    }
}

/// The server's resources at one moment.
struct Sample {
    memory: u64, // in KiB
    threads: u64,
}

/// Takes ten samples a second until no request is left.
async fn take_samples(server: &Server, left: &AtomicUsize) -> Vec<Sample> {
    let (mut samples, mut clock) = (Vec::new(), interval(Duration::from_millis(100)));
    while left.load(Relaxed) > 0 {
        clock.tick().await;
        samples.push(Sample { memory: server.memory(), threads: server.threads() });
    }
    samples
}

/// Returns the median of the memory and that of the threads.
fn medians(samples: &[Sample]) -> (u64, u64) {
    let median = |mut values: Vec<u64>| {
        values.sort_unstable();
        values[values.len() / 2]
    };
    let median_of = |value: fn(&Sample) -> u64| median(samples.iter().map(value).collect());
    (median_of(|sample| sample.memory), median_of(|sample| sample.threads))
}

#[rocket::async_test]
async fn a_million_requests_cause_no_error_and_leak_no_memory() {
    let requests = std::env::var("REQUESTS").map_or(1_000_000, |number| number.parse().unwrap());
    let mut rng = seeded_rng();
    // Writing the log would take longer than the requests.
    let installation = Installation::new().set("ROCKET_LOG_LEVEL", "critical");
    let mut server = installation.start();
    let visitor = Visitor::new(&server);
    let clients = (0..CLIENTS).map(|_| Client {
        visitor: visitor.clone(),
        rng: StdRng::seed_from_u64(rng.random()),
        expected: 0,
    });

    // The first tenth warms up: caches fill, and connections open.
    let left = Arc::new(AtomicUsize::new(requests / 10));
    let clients = join_all(clients.map(|client| client.run(left.clone())).collect::<Vec<_>>()).await;

    let (started, left) = (Instant::now(), Arc::new(AtomicUsize::new(requests - requests / 10)));
    let load = clients.into_iter().map(|client| client.run(left.clone())).collect::<Vec<_>>();
    let load = tokio::spawn(join_all(load));
    let samples = take_samples(&server, &left).await;
    let mut clients = load.await.unwrap();

    let tenth = samples.len().div_ceil(10);
    let (first, first_threads) = medians(&samples[..tenth]);
    let (last, last_threads) = medians(&samples[samples.len() - tenth..]);
    println!("{requests} requests; the last nine tenths took {:?}", started.elapsed());
    println!("{first} KiB and {first_threads} threads at first, {last} KiB and {last_threads} threads at last");
    let more_threads = last_threads.saturating_sub(first_threads);
    assert!(last <= first + first / 10 + 4096 + more_threads * MEMORY_PER_THREAD, "{first} KiB, then {last} KiB");
    assert!(last_threads < 512, "{last_threads} threads");

    for client in &mut clients {
        client.check().await;
    }
    let alive = clients.iter().filter(|client| client.expected > 0).count();
    assert_eq!(usize::try_from(installation.database().count_rows()).unwrap(), alive);
    installation.database().check_integrity();
    assert!(server.is_running());
}
