use time::Duration;

use crate::log;
use crate::routes;
use crate::test_app::TestApp;

#[rocket::async_test]
async fn the_sweeper_deletes_expired_rows_again_and_again() {
    let app = TestApp::with_settings("sweep_interval = '1 hour'\nsweep_batch = 2", |rocket| {
        rocket.mount("/", routes::routes())
    })
    .await;
    app.clock.next_sleep().await;
    for _ in 0..2 {
        for _ in 0..5 {
            app.visitor().visit("/insert/name/Bipasha").await;
        }
        app.clock.advance(Duration::weeks(2));
        app.clock.next_sleep().await;
        assert_eq!(app.rows(), []);
    }
    assert!(log::contains_line(&["sessions: 2 expired"]));
}

#[rocket::async_test]
async fn the_sweeper_varies_its_sleep_around_the_interval() {
    let mut sleeps = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let app = TestApp::with_settings("sweep_interval = 1000", |rocket| rocket).await;
        let first = app.clock.next_sleep().await;
        assert!(first.as_secs() < 100, "the first sweep is soon after the launch: {first:?}");
        app.clock.advance(Duration::seconds(100));
        let sleep = app.clock.next_sleep().await;
        assert!((500..1500).contains(&sleep.as_secs()), "{sleep:?}");
        sleeps.insert(sleep);
    }
    assert!(sleeps.len() > 1, "{sleeps:?}");
}
