//! What the store is asked for is measured here, for operators. The counters of events are incremented in `event.rs`.

use std::time::Instant;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

use crate::error::{Error, Result};

/// The counters, each with its description.
const COUNTERS: [(&str, &str); 7] = [
    ("sessions_created_total", "Sessions that got a row."),
    ("sessions_renewed_total", "Renewals by activity alone, without a change."),
    ("sessions_ended_total", "Sessions that were flushed, logged out or revoked."),
    ("sessions_expired_total", "Expired rows that were deleted."),
    ("sessions_interrupted_total", "Requests that were refused with 400, because their session had ended."),
    ("sessions_refused_total", "Cookies that opened nothing: tampered with, expired, revoked or unreadable."),
    (STORE_ERRORS, "Times that the store could not load, save or renew the session of a request."),
];

const STORE_ERRORS: &str = "sessions_store_errors_total";
const LOAD_SECONDS: &str = "sessions_load_seconds";
const COMMIT_SECONDS: &str = "sessions_commit_seconds";

/// Describes all counters and histograms to the recorder, and starts each counter at 0: Prometheus sees no increase in a
/// counter that appears with a 1.
pub(crate) fn describe() {
    for (name, description) in COUNTERS {
        describe_counter!(name, description);
        counter!(name).increment(0);
    }
    describe_histogram!(LOAD_SECONDS, Unit::Seconds, "How long the store took to find the session of a request.");
    describe_histogram!(
        COMMIT_SECONDS,
        Unit::Seconds,
        "How long the store took to do what a commit asked of it, by kind."
    );
}

/// Measures how long the store takes to find the session of a request.
pub(crate) async fn load<T>(answer: impl Future<Output = Result<T>>) -> Result<T> {
    let started = Instant::now();
    let answer = count_error(answer.await);
    histogram!(LOAD_SECONDS).record(started.elapsed());
    answer
}

/// Measures how long the store takes to do what a commit asks of it. The kind is `create`, `update`, `touch` or `delete`.
pub(crate) async fn commit<T>(kind: &'static str, answer: impl Future<Output = Result<T>>) -> Result<T> {
    let started = Instant::now();
    let answer = count_error(answer.await);
    histogram!(COMMIT_SECONDS, "kind" => kind).record(started.elapsed());
    answer
}

fn count_error<T>(answer: Result<T>) -> Result<T> {
    answer.inspect_err(|error| {
        if let Error::Store(_) = error {
            counter!(STORE_ERRORS).increment(1);
        }
    })
}
