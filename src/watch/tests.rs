use std::net::TcpListener;

use log::{Level, Record};
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;
use rocket::{Config, get, routes, tokio};
use serde_json::Value;

use super::{Watch, json_log, metrics, request_id};

/// Returns the id that a log line would have in this handler.
#[get("/")]
async fn current() -> String {
    tokio::task::yield_now().await;
    request_id::current().unwrap_or_default()
}

async fn client() -> Client {
    let figment = Figment::from(Config::debug_default()).merge(("log_format", "json"));
    Client::untracked(rocket::custom(figment).attach(Watch).mount("/", routes![current])).await.unwrap()
}

#[rocket::async_test]
async fn a_request_has_its_id_until_it_is_gone_also_if_it_shares_its_task() {
    let task = async {
        let client = client().await;
        let first = client.get("/").dispatch().await;
        let first_id = first.headers().get_one("X-Request-ID").unwrap().to_owned();
        let second = client.get("/").dispatch().await;
        let second_id = second.headers().get_one("X-Request-ID").unwrap().to_owned();
        assert_ne!(first_id, second_id);
        assert_eq!(first.into_string().await, Some(first_id));
        assert_eq!(request_id::current(), Some(second_id.clone()), "the first request is gone, the second is not");
        assert_eq!(second.into_string().await, Some(second_id));
        assert_eq!(request_id::current(), None);
    };
    tokio::spawn(task).await.unwrap();
}

#[rocket::async_test]
async fn a_request_that_outlives_its_task_leaves_no_id_behind() {
    let client: &'static Client = Box::leak(Box::new(client().await));
    let response = tokio::spawn(client.get("/").dispatch()).await.unwrap();
    let id = response.headers().get_one("X-Request-ID").unwrap().to_owned();
    let is_kept = || request_id::ids().values().any(|kept| *kept == id);
    assert!(is_kept());
    drop(response);
    assert!(!is_kept());
}

#[rocket::async_test]
async fn a_second_recorder_in_a_process_is_refused() {
    let serve = || {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        metrics::serve(&Figment::new().merge(("metrics.port", port)))
    };
    serve().unwrap();
    let reason = serve().unwrap_err();
    assert!(reason.contains("recorder") && reason.contains("already"), "{reason}");
}

/// Returns the line for a message, as a JSON object.
fn line(level: Level, target: &str, message: &str) -> Value {
    let mut record = Record::builder();
    let line = json_log::line(&record.level(level).target(target).args(format_args!("{message}")).build());
    let content = line.strip_suffix('\n').unwrap();
    assert!(content.chars().all(|character| !character.is_control()), "{content:?}");
    serde_json::from_str(content).unwrap()
}

#[test]
fn a_message_with_control_characters_is_one_line() {
    let message = "a\nb\r\n\u{1b}[31mc\0\"\\";
    assert_eq!(line(Level::Warn, "sessions", message)["message"], message);
}

#[test]
fn the_launch_is_no_warning_and_rockets_mark_of_indented_lines_is_left_out() {
    let launch = line(Level::Warn, "rocket::launch::_", "Rocket has launched");
    assert_eq!((&launch["level"], &launch["target"]), (&"INFO".into(), &"rocket::launch".into()));
    let other = line(Level::Warn, "rocket::server", "late");
    assert_eq!((&other["level"], &other["target"]), (&"WARN".into(), &"rocket::server".into()));
}
