//! Deletes expired records regularly, between requests and never inside one.

use std::time::Duration;

use rand::Rng;
use rocket::{Orbit, Rocket};

use super::manage::Sessions;
use crate::request::Services;

/// Starts the sweeper. It ends with Rocket.
pub(crate) fn start_sweeper(rocket: &Rocket<Orbit>, services: &Services) {
    let interval = services.settings.sweep_interval;
    if interval.is_zero() || services.settings.sweep_batch == 0 || services.store.is_none() {
        return;
    }
    let (shutdown, clock) = (rocket.shutdown(), services.clock.clone());
    let sessions = Sessions::new(services.clone());
    rocket::tokio::spawn(async move {
        // The first sweep comes soon. Otherwise a server that is often restarted would never sweep.
        let mut pause = interval.mul_f64(rand::rng().random_range(0.0..0.1));
        loop {
            rocket::tokio::select! {
                () = clock.sleep(pause) => {}
                () = shutdown.clone() => return,
            }
            if let Err(error) = sessions.clear_expired().await {
                rocket::warn!("sessions: expired ones were not deleted: {}", error.error_chain());
            }
            pause = with_jitter(interval);
        }
    });
}

/// Returns half to one and a half of the interval, so that instances that were started together don't sweep together.
fn with_jitter(interval: Duration) -> Duration {
    interval.mul_f64(rand::rng().random_range(0.5..1.5))
}
