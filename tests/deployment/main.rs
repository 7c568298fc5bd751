//! The files of `deploy/`, and the guide `docs/deploy.md`, which is typed on a throw-away Debian.
//! `cargo test --features postgres --test deployment -- --ignored` needs root, systemd-container, nginx and PostgreSQL.

#![cfg(all(target_os = "linux", feature = "postgres"))]

mod guide;
mod machine;

use std::fs;
use std::process::Command;
use std::thread;

use self::machine::Machine;

#[test]
#[ignore = "needs systemd: .ci/run installs it"]
fn the_unit_may_do_so_little_that_systemd_rates_it_as_ok() {
    let unit = fs::read_to_string("deploy/session-tutorial@.service").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session-tutorial@8001.service");
    let program = env!("CARGO_BIN_EXE_session_tutorial");
    fs::write(&path, unit.replace("/opt/session-tutorial/session_tutorial", program)).unwrap();
    for arguments in [["verify", "--man=no"].as_slice(), &["security", "--offline=true", "--threshold=12"]] {
        let output = Command::new("systemd-analyze").args(arguments).arg(&path).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

/// Sets and reads a session again and again. nginx does not send a `POST` twice, so a visitor would see that one is lost. While
/// it reloads, it refuses requests on new HTTP/2 connections. A browser then repeats the request. curl ends with status 16.
const VISITOR: &str = "
    send() { curl --silent --show-error --fail --max-time 20 --cookie /run/cookies --cookie-jar /run/cookies \"$@\"; }
    visit() { send \"$@\" || { [ $? = 16 ] && send \"$@\"; }; }
    until [ -e /run/closed ]; do
      visit --request POST https://example.org/set/ >/dev/null
      visit https://example.org/get/ | grep --quiet Bipasha
      visits=$((visits + 1))
    done
    echo $visits";

#[test]
#[ignore = "needs root, systemd, nginx and PostgreSQL: .ci/run installs them"]
fn a_visitor_of_the_service_that_the_guide_sets_up_notices_no_update_and_no_new_key() {
    let machine = Machine::boot();
    let mut sections = guide::sections().into_iter();
    sections.by_ref().take(2).for_each(|section| drop(machine.type_in(&section)));
    thread::scope(|scope| {
        let visits = scope.spawn(|| machine.type_in(VISITOR));
        let results: Vec<_> = sections.by_ref().take(2).map(|section| machine.run(&section)).collect();
        machine.type_in("touch /run/closed");
        results.iter().for_each(|output| assert!(output.status.success(), "{output:?}"));
        let visits: u32 = visits.join().unwrap().trim().parse().unwrap();
        assert!(visits > 20, "{visits}");
    });
    // nginx asked no instance that had stopped.
    machine.type_in("test -f /var/log/nginx/error.log && ! grep upstream /var/log/nginx/error.log");
    for page in ["readyz", "readyz/", "healthz", "healthz//"] {
        let status = machine
            .type_in(&format!("curl --output /dev/null --write-out '%{{http_code}}' https://example.org/{page}"));
        assert_eq!(status, "404", "/{page} is for this machine only");
    }
    sections.for_each(|section| drop(machine.type_in(&section)));
    machine.type_in("curl --fail --retry 10 --retry-connrefused http://127.0.0.1:{8001..8003}/readyz");
    machine.type_in("curl --retry 10 --cookie /run/cookies https://example.org/get/ | grep Bipasha");
    machine.type_in("systemctl stop 'session-tutorial@*'");
    let log = machine.type_in("journalctl --unit 'session-tutorial@*'");
    assert!(log.contains("Deactivated successfully") && !log.contains("Failed with result"), "{log}");
}

#[test]
#[ignore = "needs root, systemd, nginx and PostgreSQL: .ci/run installs them"]
fn visitors_are_served_however_many_instances_do_not_become_ready() {
    let machine = Machine::boot();
    guide::sections().iter().take(2).for_each(|section| drop(machine.type_in(section)));
    let processes = || machine.type_in("systemctl show --property=MainPID session-tutorial@{8002,8003}");
    let before = processes();
    machine.type_in("sed -i 's|^DATABASE_URL=.*|DATABASE_URL=postgres:///nowhere|' /etc/session-tutorial/environment");
    let cases = [("", "8001 is not ready"), ("8002", "8002 is not ready"), ("8003", "no other instance is ready")];
    for (port, message) in cases {
        let output = machine.run(&format!("LIMIT=3 deploy/restart-instances {port}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && errors.contains(message), "{output:?}");
        machine.type_in("for visit in {1..9}; do curl --fail https://example.org/get/; done");
        assert!(!port.is_empty() || processes() == before, "the other instances have restarted");
    }
    let log = machine.type_in("cat /var/log/nginx/error.log");
    assert!(!log.contains("upstream"), "nginx asked an instance that was not ready:\n{log}");
}

#[test]
#[ignore = "needs root, systemd, nginx and PostgreSQL: .ci/run installs them"]
fn the_health_check_of_the_image_succeeds_if_an_instance_answers_and_fails_if_none_does() {
    let file = fs::read_to_string("deploy/Dockerfile").unwrap();
    let command = file.lines().find_map(|line| line.strip_prefix("  CMD ")).unwrap();
    let words: Vec<String> = serde_json::from_str(command).unwrap();
    let command = shlex::try_join(words.iter().map(String::as_str)).unwrap();
    let machine = Machine::boot();
    guide::sections().iter().take(2).for_each(|section| drop(machine.type_in(section)));
    machine.type_in(&format!("ROCKET_PORT=8001 {command}"));
    machine.type_in(&format!("! ROCKET_PORT=8009 {command}"));
}
