use time::Duration;

use crate::log;
use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn the_sweeper_clears_expired_rows_between_requests_and_again_and_again() {
    let app =
        TestApp::with("sweep_interval = '1 hour'\nsweep_batch = 2", |rocket| rocket.mount("/", routes::routes())).await;
    app.clock.asleep().await;
    for _ in 0..2 {
        for _ in 0..5 {
            app.visitor().visit("/insert/name/Bipasha").await;
        }
        app.clock.advance(Duration::weeks(2));
        app.clock.asleep().await;
        assert_eq!(app.rows(), []);
    }
    assert!(log::says(&["sessions: 2 expired"]));
}

#[rocket::async_test]
async fn the_sweeper_sleeps_about_its_interval_and_not_always_the_same() {
    let mut naps = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let app = TestApp::with("sweep_interval = 1000", |rocket| rocket).await;
        let first = app.clock.asleep().await;
        assert!(first.as_secs() < 100, "soon after the launch: {first:?}");
        app.clock.advance(Duration::seconds(100));
        let nap = app.clock.asleep().await;
        assert!((500..1500).contains(&nap.as_secs()), "{nap:?}");
        naps.insert(nap);
    }
    assert!(naps.len() > 1, "{naps:?}");
}
