//! How fast expired records are cleared, so that no request waits long for them.

use std::time::Duration;

use rocket::tokio::time::sleep;

/// Batches as large as a request can wait for, and rests between them.
///
/// A row is deleted from four trees, at places that have nothing to do with each other: a batch of a thousand takes a
/// busy disk a tenth of a second, and every request that writes waits for it.
pub(crate) struct Pace {
    batch: usize,
    largest: usize,
}

/// The size to begin with, and to come back to however long it takes: nothing would ever be cleared otherwise.
const SMALLEST: usize = 50;

/// What requests can wait for without noticing.
const SHORT: Duration = Duration::from_millis(5);

impl Pace {
    /// `largest` is `sweep_batch`.
    pub fn new(largest: usize) -> Self {
        let largest = match largest {
            0 => 1000, // the sweeper is off; this was asked for
            largest => largest,
        };
        Self { batch: largest.min(SMALLEST), largest }
    }

    pub fn batch(&self) -> usize {
        self.batch
    }

    /// After a batch that took so long: the requests get as long to themselves.
    pub async fn rest(&mut self, took: Duration) {
        let batch = if took > SHORT { self.batch / 2 } else { self.batch * 2 };
        self.batch = batch.max(SMALLEST).min(self.largest);
        sleep(took.min(Duration::from_secs(1))).await;
    }
}
