use std::collections::BTreeMap;

use diesel::{RunQueryDsl, sql_query};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use rocket::http::Status;
use rocket::{State, get, routes};
use rocket_diesel_sessions::db::Database;
use rocket_diesel_sessions::{Result, Session, Sessions};

use crate::routes;
use crate::test_app::TestApp;

#[get("/clear_expired")]
async fn clear_expired(sessions: &State<Sessions>) -> Result<String> {
    Ok(sessions.clear_expired().await?.to_string())
}

/// Asks for a renewal, and then takes the table away.
#[get("/insert_and_drop_table")]
async fn insert_and_drop_table(session: Session<'_>, database: &State<Database>) -> Result<()> {
    session.insert("name", "Bipasha")?;
    database.write(|conn| sql_query("DROP TABLE sessions").execute(conn)).await?;
    Ok(())
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

/// Returns how many values each histogram of this thread got since the last call: `load`, or `commit` with its kind.
fn measured(snapshotter: &Snapshotter) -> BTreeMap<String, usize> {
    let histograms = snapshotter.snapshot().into_vec().into_iter().filter_map(|(key, _, _, value)| match value {
        DebugValue::Histogram(values) if !values.is_empty() => {
            // Seconds, not milliseconds: none of the tests waits for a minute.
            assert!(values.iter().all(|seconds| (0.0..60.0).contains(&seconds.into_inner())), "{values:?}");
            let name = key.key().name().strip_prefix("sessions_").unwrap().strip_suffix("_seconds").unwrap();
            let words: Vec<&str> = [name].into_iter().chain(key.key().labels().map(|label| label.value())).collect();
            Some((words.join(" "), values.len()))
        }
        _ => None,
    });
    histograms.collect()
}

/// Runs a test with a recorder of its own.
fn with_recorder<F: Future>(test: impl FnOnce(Snapshotter) -> F) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The recorder sees only the counters of this thread, so it does not count what other tests do. The application
    // must run on this thread, too.
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(test(snapshotter)));
}

/// Launches an application with these settings and all routes of this file.
async fn launch(settings: &str) -> TestApp {
    let more = routes![clear_expired, insert_and_drop_table];
    TestApp::with_settings(settings, |rocket| rocket.mount("/", routes::routes()).mount("/", more)).await
}

#[test]
fn each_event_increments_its_own_counter() {
    with_recorder(|snapshotter| async move {
        let app = launch("").await;
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
}

#[test]
fn every_counter_is_described_and_starts_at_0() {
    with_recorder(|snapshotter| async move {
        let _app = launch("").await;
        let page = std::fs::read_to_string("src/lib.rs").unwrap();
        let listed = page.lines().filter_map(|line| line.strip_prefix("//! | `sessions_")?.split('`').next());
        let listed: Vec<&str> = listed.filter(|name| name.ends_with("_total")).collect();
        let mut counters = BTreeMap::new();
        for (key, _, description, value) in snapshotter.snapshot().into_vec() {
            assert_eq!(value, DebugValue::Counter(0), "{key:?}");
            counters.insert(key.key().name().to_owned(), description.expect("a description"));
        }
        assert_eq!(counters.len(), listed.len(), "{counters:?}");
        for name in listed {
            assert!(counters.contains_key(&format!("sessions_{name}")), "the crate page lists sessions_{name}");
        }
    });
}

#[test]
fn each_lookup_and_each_commit_is_measured_once() {
    with_recorder(|snapshotter| async move {
        let app = launch("max_sessions_per_owner = 5").await;
        let visitor = app.visitor();
        for (path, expected) in [
            ("/look/name", &[][..]),
            ("/insert/name/Bipasha", &["commit create"]),
            ("/look/name", &["load"]),
            ("/insert/name/Codedec", &["commit update", "load"]),
            ("/insert_and_err", &["load"]),
            ("/login/ada", &["commit delete", "commit update", "load"]), // the limit deletes the oldest sessions
            ("/flush", &["commit delete", "load"]),
            ("/flush", &[]),
        ] {
            visitor.get(path).await;
            let expected: BTreeMap<_, _> = expected.iter().map(|&name| (name.to_owned(), 1)).collect();
            assert_eq!(measured(&snapshotter), expected, "{path}");
        }
        visitor.visit("/insert/name/Bipasha").await;
        app.clock.advance(time::Duration::HOUR);
        measured(&snapshotter);
        visitor.visit("/insert/name/Bipasha").await;
        let expected = ["commit touch", "load"].map(|name| (name.to_owned(), 1));
        assert_eq!(measured(&snapshotter), BTreeMap::from(expected), "an equal insert");
    });
}

#[test]
fn without_a_store_nothing_is_measured() {
    with_recorder(|snapshotter| async move {
        let app = TestApp::with_settings("engine = 'cookie'", |rocket| rocket.mount("/", routes::routes())).await;
        let visitor = app.visitor();
        for path in ["/insert/name/Bipasha", "/look/name", "/insert/name/Codedec", "/flush"] {
            visitor.visit(path).await;
        }
        assert_eq!(measured(&snapshotter), BTreeMap::new());
    });
}

#[test]
fn each_answer_that_the_store_could_not_give_is_counted() {
    with_recorder(|snapshotter| async move {
        let app = launch("").await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        app.drop_table();
        counted(&snapshotter);
        let expected = [("sessions_store_errors_total".to_owned(), 1)];
        assert_eq!(visitor.get("/look/name").await.status, Status::ServiceUnavailable);
        assert_eq!(counted(&snapshotter), expected, "a lookup");
        assert_eq!(app.visitor().get("/insert/name/Bipasha").await.status, Status::ServiceUnavailable);
        assert_eq!(counted(&snapshotter), expected, "a commit");
        assert_eq!(app.visitor().get("/look/name").await.status, Status::Ok);
        assert_eq!(counted(&snapshotter), [], "no store was asked");
    });
}

#[test]
fn a_renewal_that_fails_is_counted_and_the_page_is_served() {
    with_recorder(|snapshotter| async move {
        let app = launch("").await;
        let visitor = app.visitor();
        visitor.visit("/insert/name/Bipasha").await;
        app.clock.advance(time::Duration::HOUR);
        counted(&snapshotter);
        visitor.visit("/insert_and_drop_table").await;
        assert_eq!(counted(&snapshotter), [("sessions_store_errors_total".to_owned(), 1)]);
    });
}
