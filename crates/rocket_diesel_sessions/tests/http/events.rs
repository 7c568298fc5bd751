use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use rocket::{State, get, routes};
use rocket_diesel_sessions::{Result, Sessions};

use crate::routes;
use crate::test_app::TestApp;

#[get("/clear_expired")]
async fn clear_expired(sessions: &State<Sessions>) -> Result<String> {
    Ok(sessions.clear_expired().await?.to_string())
}

/// Returns the counters of this thread that were incremented since the last call, sorted by name.
fn counted(snapshotter: &Snapshotter) -> Vec<(String, u64)> {
    let counters = snapshotter.snapshot().into_vec().into_iter().filter_map(|(key, _, _, value)| match value {
        DebugValue::Counter(0) => None,
        DebugValue::Counter(count) => Some((key.key().name().to_owned(), count)),
        _ => None,
    });
    let mut counters: Vec<_> = counters.collect();
    counters.sort();
    counters
}

#[test]
fn each_event_increments_its_own_counter() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The recorder sees only the counters of this thread, so it does not count what other tests do. The application
    // must run on this thread, too.
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let routes = routes::routes().into_iter().chain(routes![clear_expired]).collect();
            let app = TestApp::new(routes).await;
            let expect = |path: &str, expected: &[(&str, u64)]| {
                let expected: Vec<_> =
                    expected.iter().map(|&(name, count)| (format!("sessions_{name}_total"), count)).collect();
                assert_eq!(counted(&snapshotter), expected, "{path}");
            };
            let visitor = app.visitor();
            for (path, expected) in [
                ("/look/name", &[][..]),
                ("/insert/name/Bipasha", &[("created", 1)]),
                ("/insert/name/Codedec", &[]),
                ("/flush_and_insert", &[("created", 1), ("ended", 1)]),
                ("/logout", &[("ended", 1)]),
                ("/login/ada", &[("created", 1)]),
                ("/login/bob", &[("created", 1), ("ended", 1)]),
            ] {
                visitor.visit(path).await;
                expect(path, expected);
            }
            app.clock.advance(time::Duration::HOUR);
            visitor.visit("/login/bob").await;
            visitor.visit("/insert/name/Bipasha").await;
            app.clock.advance(time::Duration::HOUR);
            visitor.visit("/insert/name/Bipasha").await;
            expect("an equal insert", &[("renewed", 1)]);
            app.clock.advance(time::Duration::weeks(2));
            visitor.visit("/look/name").await;
            expect("an expired cookie", &[("refused", 1)]);
            visitor.visit("/clear_expired").await;
            expect("clear_expired", &[("expired", 1)]);
        });
    });
}
