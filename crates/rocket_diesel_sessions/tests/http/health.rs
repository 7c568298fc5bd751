use rocket::http::Status;
use rocket::{Build, Rocket};
use rocket_diesel_sessions::Health;

use crate::routes;
use crate::test_app::TestApp;

fn with_health(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.mount("/", routes::routes()).mount("/", Health)
}

#[rocket::async_test]
async fn readyz_answers_503_while_the_store_does_not_answer_and_healthz_goes_on() {
    let app = TestApp::with_settings("", with_health).await;
    assert_eq!(app.visitor().visit("/healthz").await, "ok\n");
    assert_eq!(app.visitor().visit("/readyz").await, "ok\n");
    app.drop_table();
    assert_eq!(app.visitor().visit("/healthz").await, "ok\n");
    let page = app.visitor().get("/readyz").await;
    assert_eq!(page.status, Status::ServiceUnavailable);
    assert_eq!(page.body, "the store of the sessions does not answer\n", "the cause is in the log only");
}

#[rocket::async_test]
async fn a_visitor_who_asks_for_health_keeps_the_session_as_it_is() {
    let app = TestApp::with_settings("", with_health).await;
    let visitor = app.visitor();
    visitor.visit("/insert/name/Bipasha").await;
    let row = app.row();
    app.clock.advance(time::Duration::days(1));
    for (path, queries) in [("/healthz", 0), ("/readyz", 1)] {
        app.take_statements();
        let page = visitor.get(path).await;
        assert!(page.set_cookie().is_none(), "{path}");
        assert_eq!(page.header("Cache-Control"), ["no-store"], "{path}");
        assert_eq!(page.header("Vary"), Vec::<&str>::new(), "{path}");
        assert_eq!(app.take_statements().len(), queries, "{path}");
    }
    assert_eq!(app.row(), row);
}

#[rocket::async_test]
async fn an_application_without_a_store_is_ready() {
    let app = TestApp::with_settings("engine = 'cookie'", with_health).await;
    assert_eq!(app.visitor().visit("/readyz").await, "ok\n");
}

#[rocket::async_test]
async fn health_without_the_session_fairing_stops_the_launch() {
    let error = rocket::build().mount("/", Health).ignite().await.unwrap_err();
    assert!(matches!(error.kind(), rocket::error::ErrorKind::SentinelAborts(_)), "{error}");
}
