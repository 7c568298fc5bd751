//! Expired rows leave in small batches, between requests and never inside one.

use std::time::Duration;

use rand::Rng;
use rocket::{Orbit, Rocket};

use super::Sessions;

/// Starts the sweeper. It ends with Rocket.
pub(crate) fn start(rocket: &Rocket<Orbit>, sessions: Sessions) {
    let interval = sessions.settings().sweep_interval;
    if interval.is_zero() || sessions.settings().sweep_batch == 0 || sessions.store.is_none() {
        return;
    }
    let shutdown = rocket.shutdown();
    rocket::tokio::spawn(async move {
        // The first time soon: a server that is restarted often would never sweep otherwise.
        let mut nap = interval.mul_f64(rand::rng().random_range(0.0..0.1));
        loop {
            rocket::tokio::select! {
                () = sessions.clock.sleep(nap) => {}
                () = shutdown.clone() => return,
            }
            if let Err(error) = sessions.clear_expired().await {
                rocket::warn!("sessions: expired ones were not cleared: {}", error.story());
            }
            nap = jittered(interval);
        }
    });
}

/// Half to one and a half of the interval: instances that were started together don't sweep together.
fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::rng().random_range(0.5..1.5))
}
