use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rocket::tokio::{self, time::interval};

use crate::chance::dice;
use crate::server::Server;
use crate::site::Site;
use crate::visitor::Visitor;
use crate::writer::{together, value};

const CLIENTS: usize = 32;

/// KiB that a thread keeps when it has once rendered a page: its stack, its part of the heap. How many threads there
/// are depends on how busy the machine is, and not on how many requests there were: tokio starts one when another
/// blocks and none is idle.
const THREAD: u64 = 256;

/// A visitor who does everything, and what the session must hold after it.
struct Client {
    visitor: Visitor,
    dice: StdRng,
    /// 0: there is no session.
    holds: u64,
}

impl Client {
    async fn run(mut self, left: Arc<AtomicUsize>) -> Self {
        while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            match self.dice.random_range(0..100) {
                0..45 => self.look().await,
                45..60 => self.ask("/get", 200).await,
                60..75 => self.change(self.holds + 1).await,
                75..85 => self.change(self.holds.max(1)).await, // the same again, which saves nothing
                85..95 => self.ask("/nowhere", 404).await,
                95..97 => self.ask("/bench/plain", 200).await,
                _ => self.end().await,
            }
        }
        self
    }

    async fn ask(&mut self, path: &str, status: u16) {
        let answer = self.visitor.get(path).await.unwrap_or_else(|| panic!("no answer to {path}"));
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }

    async fn change(&mut self, n: u64) {
        self.ask(&format!("/bench/both/{n}"), 200).await;
        self.holds = n;
    }

    async fn end(&mut self) {
        self.ask("/bench/end", 200).await;
        self.holds = 0;
    }

    async fn look(&mut self) {
        assert_eq!(value(&self.visitor.show().await), self.holds);
    }
}

/// What the server has at one moment.
struct Sample {
    memory: u64, // KiB
    threads: u64,
}

/// Ten samples a second, until no request is left.
async fn watch(server: &Server, left: &AtomicUsize) -> Vec<Sample> {
    let (mut samples, mut clock) = (Vec::new(), interval(Duration::from_millis(100)));
    while left.load(Relaxed) > 0 {
        clock.tick().await;
        samples.push(Sample { memory: server.memory(), threads: server.threads() });
    }
    samples
}

/// Of the memory and of the threads.
fn medians(samples: &[Sample]) -> (u64, u64) {
    let median = |mut values: Vec<u64>| {
        values.sort_unstable();
        values[values.len() / 2]
    };
    let of = |value: fn(&Sample) -> u64| median(samples.iter().map(value).collect());
    (of(|sample| sample.memory), of(|sample| sample.threads))
}

#[rocket::async_test]
async fn a_million_requests_meet_no_error_and_leave_no_memory_behind() {
    let requests = std::env::var("REQUESTS").map_or(1_000_000, |number| number.parse().unwrap());
    let mut dice = dice();
    // Its log would be the larger part of the work.
    let site = Site::new().set("ROCKET_LOG_LEVEL", "critical");
    let mut server = site.start();
    let visitor = Visitor::new(&server);
    let clients =
        (0..CLIENTS).map(|_| Client { visitor: visitor.clone(), dice: StdRng::seed_from_u64(dice.random()), holds: 0 });

    // A tenth to warm up: caches fill, connections open.
    let left = Arc::new(AtomicUsize::new(requests / 10));
    let clients = together(clients.map(|client| client.run(left.clone())).collect::<Vec<_>>()).await;

    let (started, left) = (Instant::now(), Arc::new(AtomicUsize::new(requests - requests / 10)));
    let load = clients.into_iter().map(|client| client.run(left.clone())).collect::<Vec<_>>();
    let load = tokio::spawn(together(load));
    let samples = watch(&server, &left).await;
    let mut clients = load.await.unwrap();

    let tenth = samples.len().div_ceil(10);
    let (first, threads) = medians(&samples[..tenth]);
    let (last, threads_at_last) = medians(&samples[samples.len() - tenth..]);
    println!("{requests} requests, the last nine tenths in {:?}", started.elapsed());
    println!("{first} KiB with {threads} threads, then {last} KiB with {threads_at_last}");
    let more_threads = threads_at_last.saturating_sub(threads);
    assert!(last <= first + first / 10 + 4096 + more_threads * THREAD, "{first} KiB, then {last} KiB");
    assert!(threads_at_last < 512, "{threads_at_last} threads");

    for client in &mut clients {
        client.look().await;
    }
    let living = clients.iter().filter(|client| client.holds > 0).count();
    assert_eq!(usize::try_from(site.database().rows()).unwrap(), living);
    site.database().check();
    assert!(server.is_running());
}
