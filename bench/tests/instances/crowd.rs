use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reqwest::Client;
use rocket::tokio::task::JoinHandle;
use rocket::tokio::time::sleep;

use crate::failures::Failures;
use crate::site::PAUSE;
use crate::visitor::Visitor;

/// How many visitors use the site at the same time.
const VISITORS: usize = 64;

/// The visitors who use the site.
pub struct Crowd {
    visitors: Vec<JoinHandle<Visitor>>,
    must_leave: Arc<AtomicBool>,
    /// What each of them has done so far.
    done: Vec<Arc<AtomicU64>>,
    failures: Failures,
}

impl Crowd {
    /// Lets visitors come. Returns when each of them has done a few things.
    pub async fn come(site: &str, http: &Client) -> Self {
        let (must_leave, failures) = (Arc::new(AtomicBool::new(false)), Failures::default());
        let done: Vec<Arc<AtomicU64>> = (0..VISITORS).map(|_| Arc::default()).collect();
        let mut visitors = Vec::new();
        for done in &done {
            let mut visitor = Visitor::new(site, http, &failures);
            let (must_leave, done) = (must_leave.clone(), done.clone());
            visitors.push(rocket::tokio::spawn(async move {
                visitor.register().await;
                while !must_leave.load(Ordering::Relaxed) {
                    visitor.do_something().await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                visitor.look().await;
                visitor.look_at_ended_sessions().await;
                visitor
            }));
        }
        let crowd = Self { visitors, must_leave, done, failures };
        crowd.do_more(3).await;
        crowd
    }

    /// Waits until each visitor has done this many more things.
    pub async fn do_more(&self, things: u64) {
        let before: Vec<u64> = self.done.iter().map(|done| done.load(Ordering::Relaxed)).collect();
        for ((done, before), visitor) in self.done.iter().zip(before).zip(&self.visitors) {
            while done.load(Ordering::Relaxed) < before + things && !visitor.is_finished() {
                sleep(PAUSE).await;
            }
        }
    }

    /// Lets all visitors look at their sessions for the last time, and leave. Returns what has failed.
    pub async fn leave(self) -> Failures {
        self.must_leave.store(true, Ordering::Relaxed);
        let failures = self.failures.clone();
        let (mut done, mut abandoned) = (0, 0);
        for visitor in self.visitors {
            let visitor = visitor.await.unwrap();
            done += visitor.done;
            abandoned += visitor.abandoned;
        }
        println!("{done} requests, {abandoned} sign-ins and sign-outs without an answer");
        failures
    }
}
