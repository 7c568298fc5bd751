use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use rocket::http::Status;
use rocket::{Route, State, get, routes};
use rocket_diesel_sessions::{Event, Result, Sessions};
use time::Duration;

use crate::routes;
use crate::test_app::TestApp;

#[get("/clear_expired")]
async fn clear_expired(sessions: &State<Sessions>) -> Result<String> {
    Ok(sessions.clear_expired().await?.to_string())
}

#[get("/revoke_all/<owner>")]
async fn revoke_all(sessions: &State<Sessions>, owner: &str) -> Result<String> {
    Ok(sessions.revoke_all(owner).await?.to_string())
}

fn all_routes() -> Vec<Route> {
    routes::routes().into_iter().chain(routes![clear_expired, revoke_all]).collect()
}

/// Returns an application and what its observer gets, for example `Created by /insert/name/Bipasha`.
async fn observed_app() -> (TestApp, Arc<Mutex<Vec<String>>>) {
    let reported = Arc::new(Mutex::new(Vec::new()));
    let reports = reported.clone();
    let app = TestApp::with_session_fairing(
        |fairing| {
            fairing.on_event(move |event, request| {
                let by = request.map(|request| format!(" by {}", request.uri())).unwrap_or_default();
                reports.lock().unwrap().push(format!("{}{by}", name(event)));
            })
        },
        all_routes(),
    )
    .await;
    (app, reported)
}

/// Returns the name of the event, with the number if it has one.
fn name(event: &Event<'_>) -> String {
    let debug = format!("{event:?}");
    match event {
        Event::Revoked(_) | Event::Expired(_) => debug,
        _ => debug.split([' ', '(']).next().unwrap().to_owned(),
    }
}

#[rocket::async_test]
async fn each_event_is_reported_with_the_request_that_caused_it() {
    let (app, reported) = observed_app().await;
    let visitor = app.visitor();
    for (path, expected) in [
        ("/plain", &[][..]),
        ("/look/name", &[]),
        ("/insert/name/Bipasha", &["Created"]),
        ("/look/name", &["Loaded"]),
        ("/insert/name/Codedec", &["Loaded", "Saved"]),
        ("/cycle", &["Loaded", "KeyCycled"]),
        ("/login/ada", &["Loaded", "KeyCycled"]),
        ("/login/bob", &["Loaded", "Ended", "Created"]),
        ("/flush", &["Loaded", "Ended"]),
        ("/insert_and_404", &["Created"]),
    ] {
        visitor.get(path).await;
        let expected: Vec<String> = expected.iter().map(|event| format!("{event} by {path}")).collect();
        assert_eq!(std::mem::take(&mut *reported.lock().unwrap()), expected, "{path}");
    }
    app.clock.advance(Duration::HOUR);
    visitor.visit("/insert/kept/true").await;
    app.clock.advance(Duration::weeks(3));
    reported.lock().unwrap().clear();
    visitor.visit("/look/kept").await;
    assert_eq!(*reported.lock().unwrap(), ["Refused by /look/kept"]);
}

#[rocket::async_test]
async fn an_event_that_no_request_caused_is_reported_without_a_request() {
    let (app, reported) = observed_app().await;
    app.visitor().visit("/login/ada").await;
    app.visitor().visit("/revoke_all/ada").await;
    app.visitor().visit("/login/ada").await;
    app.clock.advance(Duration::weeks(3));
    app.visitor().visit("/clear_expired").await;
    let created = "Created by /login/ada";
    assert_eq!(*reported.lock().unwrap(), [created, "Revoked(1)", created, "Expired(1)"]);
}

#[rocket::async_test]
async fn the_changes_of_a_failed_handler_are_not_reported() {
    let (app, reported) = observed_app().await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    for path in ["/insert_and_500", "/insert_and_err", "/insert_and_panic"] {
        reported.lock().unwrap().clear();
        visitor.get(path).await;
        assert_eq!(*reported.lock().unwrap(), [format!("Loaded by {path}")]);
    }
}

#[rocket::async_test]
async fn a_panicking_observer_stops_neither_the_response_nor_the_next_observer() {
    let calls = Arc::new(Mutex::new(0));
    let counter = calls.clone();
    let app = TestApp::with_session_fairing(
        |fairing| fairing.on_event(|_, _| panic!("on purpose")).on_event(move |_, _| *counter.lock().unwrap() += 1),
        all_routes(),
    )
    .await;
    let page = app.visitor().get("/insert/name/Bipasha").await;
    assert!(page.status == Status::Ok && page.set_cookie().is_some());
    assert_eq!((app.rows().len(), *calls.lock().unwrap()), (1, 1));
}

#[rocket::async_test]
async fn an_instrumentation_sees_the_statements_of_lookups_and_changes() {
    let queries = Arc::new(Mutex::new(Vec::new()));
    let recorded = queries.clone();
    let app = TestApp::with_session_fairing(
        |fairing| {
            fairing.instrument(move || {
                let recorded = recorded.clone();
                Box::new(move |event: InstrumentationEvent<'_>| {
                    if let InstrumentationEvent::StartQuery { query, .. } = event {
                        recorded.lock().unwrap().push(query.to_string());
                    }
                })
            })
        },
        all_routes(),
    )
    .await;
    queries.lock().unwrap().clear(); // the launch has run some
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    visitor.visit("/look/name").await;
    let queries = queries.lock().unwrap();
    let words = queries.iter().filter_map(|query| query.split(' ').next());
    let words: Vec<&str> = words.filter(|word| *word != "SET").collect(); // a new connection to a server is set up
    let expected: &[&str] = match app.is_sqlite() {
        true => &["BEGIN", "INSERT", "COMMIT", "SELECT"],
        false => &["INSERT", "SELECT"], // PostgreSQL commits a single statement by itself
    };
    assert_eq!(words, expected, "{queries:?}");
}
