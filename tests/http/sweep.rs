use time::Duration;

use crate::secrecy;
use crate::site::Site;
use crate::verbs;

#[rocket::async_test]
async fn the_sweeper_clears_expired_rows_between_requests_and_again_and_again() {
    let site =
        Site::with("sweep_interval = '1 hour'\nsweep_batch = 2", |rocket| rocket.mount("/", verbs::routes())).await;
    site.clock.asleep().await;
    for _ in 0..2 {
        for _ in 0..5 {
            site.visitor().visit("/insert/name/Bipasha").await;
        }
        site.clock.advance(Duration::weeks(2));
        site.clock.asleep().await;
        assert_eq!(site.rows(), []);
    }
    assert!(secrecy::log_says(&["sessions: 2 expired"]));
}

#[rocket::async_test]
async fn the_sweeper_sleeps_about_its_interval_and_not_always_the_same() {
    let mut naps = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let site = Site::with("sweep_interval = 1000", |rocket| rocket).await;
        let first = site.clock.asleep().await;
        assert!(first.as_secs() < 100, "soon after the launch: {first:?}");
        site.clock.advance(Duration::seconds(100));
        let nap = site.clock.asleep().await;
        assert!((500..1500).contains(&nap.as_secs()), "{nap:?}");
        naps.insert(nap);
    }
    assert!(naps.len() > 1, "{naps:?}");
}
