//! Metrics and the log as JSON, as docs/watch.md describes them.

use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use regex::Regex;
use reqwest::blocking::{Client, Response};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::server::{Browser, Server};

const JSON: (&str, &str) = ("ROCKET_LOG_FORMAT", "json");

/// The program, with its database in a folder.
struct Watched {
    server: Server,
    /// Where the metrics are.
    metrics: String,
    _folder: TempDir,
}

impl Watched {
    fn start(environment: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let database = folder.path().join("db.sqlite3");
        // Between the choice of a free port and its use, another program may take it.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let settings = format!("{{port={port}}}");
            let environment = [environment, &[("ROCKET_METRICS", &settings)]].concat();
            match Server::start_with(database.to_str().unwrap(), &environment) {
                Ok(server) => {
                    return Self { server, metrics: format!("http://127.0.0.1:{port}/metrics"), _folder: folder };
                }
                Err(printed) => assert!(printed.contains("Address already in use"), "{printed}"),
            }
        }
        panic!("ten free ports in a row were taken")
    }

    /// Returns the metrics, line by line.
    fn metrics(&self) -> Vec<String> {
        let text = reqwest::blocking::get(&self.metrics).unwrap().error_for_status().unwrap().text().unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Returns the lines of the log up to the end of a request, as JSON.
    fn log(&self) -> Vec<Value> {
        let lines = self.server.lines_until(|line| line.contains("Response succeeded"));
        lines.iter().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

/// Requests a page with this id.
fn get(url: &str, id: &str) -> Response {
    Client::new().get(url).header("X-Request-ID", id).send().unwrap()
}

fn start_without_metrics(environment: &[(&str, &str)]) -> (Server, TempDir) {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("db.sqlite3").to_str().unwrap().to_owned();
    (Server::start_with(&database, environment).unwrap(), folder)
}

/// Returns what the program prints when it refuses to launch with this setting in its environment.
fn refused(name: &str, value: &str) -> String {
    let folder = TempDir::new().unwrap();
    let server = Server::start_with(folder.path().join("db.sqlite3").to_str().unwrap(), &[(name, value)]);
    server.err().unwrap_or_else(|| panic!("it launches with {name}={value}"))
}

#[test]
fn the_log_is_text_and_a_response_has_no_request_id_unless_json_is_configured() {
    let (server, _folder) = start_without_metrics(&[]);
    let response = reqwest::blocking::get(server.url("/")).unwrap();
    assert!(!response.headers().contains_key("X-Request-ID"));
    let lines = server.lines_until(|line| line.contains("Response succeeded"));
    assert!(lines.iter().any(|line| line == "GET /:"), "{lines:?}");
}

#[test]
fn the_metrics_address_serves_the_counters_and_the_histograms_as_buckets() {
    let watched = Watched::start(&[]);
    let metrics = watched.metrics();
    for line in ["# TYPE sessions_created_total counter", "sessions_created_total 0", "sessions_store_errors_total 0"] {
        assert!(metrics.iter().any(|found| found == line), "{line} is missing in {metrics:#?}");
    }
    let browser = Browser::new();
    browser.get(&watched.server, "/set/");
    browser.get(&watched.server, "/get/");
    let metrics = watched.metrics();
    for line in [
        "# HELP sessions_created_total Sessions that got a row.",
        "sessions_created_total 1",
        "# TYPE sessions_load_seconds histogram",
        "sessions_load_seconds_bucket{le=\"10\"} 1",
        "sessions_load_seconds_bucket{le=\"+Inf\"} 1",
        "sessions_load_seconds_count 1",
        "sessions_commit_seconds_bucket{kind=\"create\",le=\"10\"} 1",
    ] {
        assert!(metrics.iter().any(|found| found == line), "{line} is missing in {metrics:#?}");
    }
    assert!(metrics.iter().any(|line| line.starts_with("sessions_load_seconds_bucket{le=\"0.001\"}")), "{metrics:#?}");
}

#[test]
fn metrics_are_off_unless_a_port_is_configured() {
    for environment in [&[][..], &[("ROCKET_METRICS", "{address=\"127.0.0.1\"}")]] {
        let (server, _folder) = start_without_metrics(environment);
        let response = reqwest::blocking::get(server.url("/metrics")).unwrap();
        assert_eq!(response.status(), 404);
        assert!(!server.launch.contains("The metrics are on"), "{}", server.launch);
    }
}

#[test]
fn a_taken_metrics_port_stops_the_launch_and_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let output = refused("ROCKET_METRICS", &format!("{{port={}}}", address.port()));
    assert!(output.contains(&format!("metrics.port: the metrics can't be served on {address}")), "{output}");
    assert!(output.contains("Address already in use"), "{output}");
}

#[test]
fn a_wrong_setting_stops_the_launch_and_is_named_with_its_place() {
    for (name, value, words) in [
        ("ROCKET_METRICS", "{prot=1}", &["metrics.prot", "`port`"][..]),
        ("ROCKET_METRICS", "{port=0}", &["metrics.port", "nonzero"]),
        ("ROCKET_METRICS", "{port=99999}", &["metrics.port", "99999"]),
        ("ROCKET_METRICS", "{port=1,address=\"localhost\"}", &["metrics.address", "IP address"]),
        ("ROCKET_METRICS_PORT", "9464", &["ROCKET_METRICS='{port=…}'"]),
        ("ROCKET_LOG_FORMAT", "xml", &["log_format: ", "`xml`", "`json`", "environment"]),
    ] {
        let output = refused(name, value);
        assert!(words.iter().all(|word| output.contains(word)), "{name}={value}: {output}");
        assert!(!output.contains("panicked"), "{name}={value}: {output}");
    }
}

#[test]
fn the_metrics_end_with_the_program_and_an_open_connection_to_them_does_not_delay_a_shutdown() {
    let watched = Watched::start(&[]);
    let address = watched.metrics.split('/').nth(2).unwrap().to_owned();
    let _reader = TcpStream::connect(&address).unwrap(); // and sends nothing
    watched.metrics();
    watched.server.terminate();
    assert_eq!(watched.server.wait().0.code(), Some(0));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn each_line_of_the_json_log_is_one_object_and_lines_of_a_request_have_its_id() {
    let watched = Watched::start(&[JSON]);
    for id in ["one", "0123456789abcdef.A-Z_"] {
        assert_eq!(get(&watched.server.url("/set/"), id).headers()["X-Request-ID"], id);
        let lines = watched.log();
        for line in &lines {
            assert_eq!(line["request_id"], id, "{line}");
            assert!(
                OffsetDateTime::parse(line["time"].as_str().unwrap(), &Rfc3339).unwrap().offset().is_utc(),
                "{line}"
            );
        }
        for (target, message) in [
            ("rocket::server", "GET /set/:"),
            ("rocket_diesel_sessions::event", "session"), // of the library, when the commit is done
            ("rocket::server", "Response succeeded."),
        ] {
            let fits =
                |line: &&Value| line["target"] == target && line["message"].as_str().unwrap().starts_with(message);
            let line = lines.iter().find(fits).unwrap_or_else(|| panic!("{message} is missing in {lines:#?}"));
            assert_eq!(line["level"], "INFO", "{line}");
        }
    }
}

#[test]
fn the_json_log_has_the_lines_of_the_launch_and_none_belongs_to_a_request() {
    let (server, _folder) = start_without_metrics(&[JSON]);
    let lines: Vec<Value> = server.launch.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for line in &lines {
        assert!(line.get("request_id").is_none(), "{line}");
    }
    let launched = lines.last().unwrap();
    assert_eq!((&launched["level"], &launched["target"]), (&"INFO".into(), &"rocket::launch".into()));
    assert!(lines.iter().any(|line| line["message"].as_str().unwrap().contains("Configured for debug")), "{lines:#?}");
}

#[test]
fn the_json_log_keeps_to_rockets_log_level() {
    let (server, _folder) = start_without_metrics(&[JSON, ("ROCKET_LOG_LEVEL", "critical")]);
    get(&server.url("/nothing"), "one");
    get(&server.url("/get/"), "two");
    server.terminate();
    let (_, lines) = server.wait();
    assert!(lines.iter().any(|line| line.contains(r#""level":"ERROR""#)), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains(r#""level":"INFO""#)), "{lines:#?}");
}

#[test]
fn requests_at_the_same_time_keep_their_own_ids() {
    let watched = Watched::start(&[JSON]);
    std::thread::scope(|scope| {
        for id in ["left", "right"] {
            let url = watched.server.url(&format!("/{id}"));
            scope.spawn(move || (0..50).for_each(|_| assert_eq!(get(&url, id).status(), 404)));
        }
    });
    let mut requests = Vec::new();
    while requests.len() < 100 {
        for line in watched.log() {
            if let Some(path) = line["message"].as_str().unwrap().strip_prefix("GET /") {
                assert!(path.starts_with(line["request_id"].as_str().unwrap()), "{line}");
                requests.push(line);
            }
        }
    }
}

#[test]
fn an_odd_request_id_is_replaced() {
    let watched = Watched::start(&[JSON]);
    let url = watched.server.url("/");
    let (longest, too_long) = ("x".repeat(64), "x".repeat(65));
    assert_eq!(get(&url, &longest).headers()["X-Request-ID"], longest);
    for odd in ["", " ", "a b", "a\"b", "a,b", "a/b", "é", &too_long] {
        let response = get(&url, odd);
        let id = response.headers()["X-Request-ID"].to_str().unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{odd:?} became {id:?}");
    }
    let id = || reqwest::blocking::get(&url).unwrap().headers()["X-Request-ID"].clone();
    assert_ne!(id(), id());
}

#[test]
fn the_rules_the_dashboard_and_the_guide_name_the_metrics_that_the_program_serves() {
    let watched = Watched::start(&[]);
    let browser = Browser::new();
    browser.get(&watched.server, "/set/");
    browser.get(&watched.server, "/get/");
    let metrics = watched.metrics();
    let types = metrics.iter().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let served: BTreeSet<&str> = types.filter(|name| name.starts_with("sessions_")).collect();
    assert_eq!(served.len(), 9, "{served:?}");
    let name = Regex::new(r"\bsessions_\w+?(_total|_seconds)(_bucket|_count|_sum)?\b").unwrap();
    for file in ["alerts.yaml", "alerts_test.yaml", "dashboard.json", "../../docs/watch.md"] {
        let text = std::fs::read_to_string(format!("deploy/prometheus/{file}")).unwrap();
        let named = name.find_iter(&text).map(|found| {
            let name = found.as_str();
            ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
        });
        let named: BTreeSet<&str> = named.collect();
        assert!(!named.is_empty() && named.is_subset(&served), "{file}: {:?}", named.difference(&served));
        assert_eq!(
            text.matches("sessions_").count(),
            name.find_iter(&text).count(),
            "{file} has a name of another form"
        );
        if file.ends_with("watch.md") {
            assert_eq!(named, served);
        }
    }
    let dashboard = std::fs::read_to_string("deploy/prometheus/dashboard.json").unwrap();
    assert!(serde_json::from_str::<Value>(&dashboard).unwrap()["panels"].is_array());
}

#[test]
#[ignore = "needs promtool, from Debian's package prometheus"]
fn promtool_accepts_the_configuration_and_the_rules_and_their_tests_pass() {
    for arguments in [
        ["check", "config", "prometheus.yaml"],
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts_test.yaml"],
    ] {
        let output = Command::new("promtool").args(arguments).current_dir("deploy/prometheus").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
    // Each rule has a test in which it fires.
    let read = |file| std::fs::read_to_string(format!("deploy/prometheus/{file}")).unwrap();
    let (rules, tests) = (read("alerts.yaml"), read("alerts_test.yaml"));
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(tests.contains(&format!("alertname: {alert}\n        exp_alerts:")), "{alert} has no test");
    }
}
