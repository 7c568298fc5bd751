//! How fast expired records are cleared, so that no request waits long for them.

use std::time::Duration;

use rocket::tokio::time::sleep;

/// Batches as large as a request can wait for, and rests between them.
///
/// A row is deleted from three trees, at places that have nothing to do with each other: a batch of a thousand takes a
/// busy disk a tenth of a second, and every request that writes waits for it.
pub(crate) struct Pace {
    batch: usize,
    largest: usize,
}

/// What requests wait for a batch, about.
const SHORT: Duration = Duration::from_millis(5);

/// How much longer than a batch its rest is.
const REST: u32 = 4;

impl Pace {
    /// `largest` is `sweep_batch`.
    pub fn new(largest: usize) -> Self {
        let largest = match largest {
            0 => 1000, // the sweeper is off; this was asked for
            largest => largest,
        };
        Self { batch: largest.min(16), largest }
    }

    pub fn batch(&self) -> usize {
        self.batch
    }

    /// After a batch that took so long.
    pub async fn rest(&mut self, took: Duration) {
        self.batch = match took > SHORT {
            true => (self.batch / 2).max(1),
            false => (self.batch * 2).min(self.largest),
        };
        sleep(REST * took.min(Duration::from_secs(1))).await;
    }
}
