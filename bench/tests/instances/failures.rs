use std::collections::BTreeMap;
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

    pub fn any(&self) -> bool {
        !self.all().is_empty()
    }

    fn all(&self) -> Vec<Failure> {
        self.0.lock().unwrap().clone()
    }

    /// Panics if a request failed that had ended before this moment, when the fault began.
    pub fn must_have_ended_after(&self, moment: Instant) {
        let early = self.all().into_iter().filter(|failure| failure.ended < moment);
        let early: Vec<_> = early.map(|failure| (failure.request, failure.status)).collect();
        assert!(early.is_empty(), "requests failed before the fault: {early:?}");
    }

    /// Panics if a request failed that began after this moment.
    pub fn must_have_begun_before(&self, moment: Instant) {
        let late = self.all().into_iter().filter(|failure| failure.began > moment);
        let late: Vec<_> = late.map(|failure| (failure.began - moment, failure.request, failure.status)).collect();
        assert!(late.is_empty(), "{} requests failed that began after the recovery: {late:?}", late.len());
    }

    /// Panics if a request failed with another status than these.
    pub fn must_be(&self, allowed: &[u16]) {
        let counts = self.counts();
        let is_allowed = counts.keys().all(|status| allowed.contains(status));
        assert!(is_allowed, "failed requests by status, where 0 is no answer: {counts:?}, allowed: {allowed:?}");
    }

    /// Returns how long the fault lasted, when requests failed, and how long the instances took after the fault.
    pub fn report(&self, began: Instant, ended: Instant, ready: Instant) -> String {
        let after = |moment: Instant| moment.saturating_duration_since(began).as_millis();
        let ends: Vec<_> = self.all().iter().map(|failure| after(failure.ended)).collect();
        let (first, last) = (ends.iter().min().copied().unwrap_or(0), ends.iter().max().copied().unwrap_or(0));
        format!(
            "the fault lasted {} ms; requests failed from {first} to {last} ms after its beginning, by status {:?}; all \
             instances were ready {} ms after it",
            after(ended),
            self.counts(),
            after(ready)
        )
    }

    /// Returns how many requests failed, by status.
    fn counts(&self) -> BTreeMap<u16, usize> {
        let mut counts = BTreeMap::new();
        for failure in self.all() {
            *counts.entry(failure.status).or_default() += 1;
        }
        counts
    }
}
