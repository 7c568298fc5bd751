use std::sync::Arc;
use std::time::Duration;

use rocket::tokio::sync::{OwnedSemaphorePermit, Semaphore};
use rocket::tokio::time::timeout;

use super::config::Config;
use super::error::Error;

/// How many closures may use a connection at the same time.
///
/// A request waits for its turn without blocking a thread. If each waiting request blocked one, a database that does not
/// answer would soon block all threads of the runtime, and with them the pages that need no database.
pub(super) struct Turns {
    permits: Arc<Semaphore>,
    timeout: Duration,
}

impl Turns {
    pub fn new(config: &Config) -> Self {
        Self { permits: Arc::new(Semaphore::new(config.pool_size as usize)), timeout: config.timeout }
    }

    /// Waits for a turn, which ends when the permit is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if there is none for as long as the `timeout`.
    pub async fn take(&self) -> Result<OwnedSemaphorePermit, Error> {
        match self.permits.clone().try_acquire_owned() {
            Ok(permit) => Ok(permit), // nearly always, and without a timer
            Err(_) => match timeout(self.timeout, self.permits.clone().acquire_owned()).await {
                Ok(permit) => Ok(permit.expect("nobody closes the semaphore")),
                Err(_) => Err(Error::Busy),
            },
        }
    }
}
