use std::time::Duration;

use rocket::tokio::time::sleep;

/// How many expired records one transaction deletes, and the pauses between the transactions.
///
/// A row is deleted from four B-trees, in places that have nothing to do with each other. A batch of a thousand takes a
/// tenth of a second on a busy disk, and every request that writes waits for it. So the batch becomes smaller if it takes
/// too long.
pub(super) struct AdaptiveBatch {
    size: usize,
    largest: usize,
}

/// The first size, and the smallest, even if it takes long: otherwise nothing would ever be deleted.
const SMALLEST: usize = 50;

/// A request can wait for this long without a noticeable delay.
const SHORT: Duration = Duration::from_millis(5);

impl AdaptiveBatch {
    /// `largest` is the setting `sweep_batch`. 0 means that the sweeper is off; somebody asked for this by hand then.
    pub fn new(largest: usize) -> Self {
        let largest = if largest == 0 { 1000 } else { largest };
        Self { size: largest.min(SMALLEST), largest }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Adapts the size after a batch that took this long. Then pauses for as long, so that requests get half of the time.
    pub async fn pause(&mut self, took: Duration) {
        let size = if took > SHORT { self.size / 2 } else { self.size * 2 };
        self.size = size.max(SMALLEST).min(self.largest);
        sleep(took.min(Duration::from_secs(1))).await;
    }
}
