use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A request that was not answered as it should be.
#[derive(Clone)]
pub struct Failure {
    pub request: String,
    pub began: Instant,
    pub ended: Instant,
    /// The status, or 0 if there was no answer.
    pub status: u16,
}

/// The failures of all visitors.
#[derive(Clone, Default)]
pub struct Failures(Arc<Mutex<Vec<Failure>>>);

impl Failures {
    pub fn add(&self, failure: Failure) {
        self.0.lock().unwrap().push(failure);
    }

    fn all(&self) -> Vec<Failure> {
        self.0.lock().unwrap().clone()
    }

    /// Panics if a request has failed.
    pub fn must_be_none(&self) {
        let statuses: Vec<_> = self.all().into_iter().map(|failure| (failure.request, failure.status)).collect();
        assert!(statuses.is_empty(), "failed requests, with their status or 0: {statuses:?}");
    }

    /// Panics if a request failed with another status, or if it ended before the fault or began after the recovery. Prints how
    /// many failed, and until when.
    pub fn must_belong_to(&self, fault: &str, status: u16, (began, recovered): (Instant, Instant)) {
        let failures = self.all();
        let since = |moment: Instant| moment.saturating_duration_since(began).as_millis();
        let belongs = |it: &Failure| it.status == status && it.ended >= began && it.began <= recovered;
        let others = failures.iter().filter(|failure| !belongs(failure));
        let others: Vec<_> = others.map(|it| (it.status, since(it.began), since(it.ended), &it.request)).collect();
        assert!(
            others.is_empty(),
            "{fault}, recovered after {} ms, but these failed too: {others:?}",
            since(recovered)
        );
        let last = failures.iter().map(|failure| since(failure.ended)).max().unwrap_or_default();
        println!(
            "{fault}, recovered after {} ms: {} requests got {status}, the last after {last} ms",
            since(recovered),
            failures.len()
        );
    }

    pub fn any(&self) -> bool {
        !self.all().is_empty()
    }
}
