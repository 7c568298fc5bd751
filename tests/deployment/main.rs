//! The files of deploy/, and docs/deploy.md: typed on a throw-away Debian.
//!
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

/// Sets and reads a session again and again. nginx does not send a `POST` twice, so a visitor would see that one is lost.
const VISITOR: &str = "
    visit() { curl --silent --show-error --fail --max-time 20 --cookie /run/cookies --cookie-jar /run/cookies \"$@\"; }
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
    machine.type_in("truncate --size=0 /var/log/nginx/error.log");
    thread::scope(|scope| {
        let visits = scope.spawn(|| machine.type_in(VISITOR));
        let results: Vec<_> = sections.by_ref().take(2).map(|section| machine.run(&section)).collect();
        machine.type_in("touch /run/closed");
        for output in results {
            assert!(output.status.success(), "{output:?}");
        }
        let visits: u32 = visits.join().unwrap().trim().parse().unwrap();
        assert!(visits > 20, "{visits}");
    });
    machine.type_in("! grep upstream /var/log/nginx/error.log"); // nginx asked no instance that was not there
    sections.for_each(|section| drop(machine.type_in(&section)));
    machine.type_in("curl --retry 10 --cookie /run/cookies https://example.org/get/ | grep Bipasha");
    machine.type_in("systemctl stop 'session-tutorial@*'");
    let failures = machine.run("journalctl --unit 'session-tutorial@*' --grep 'Failed with result|Killing process'");
    assert_eq!(failures.status.code(), Some(1), "{failures:?}");
}

#[test]
#[ignore = "needs root, systemd, nginx and PostgreSQL: .ci/run installs them"]
fn an_instance_that_does_not_become_ready_gets_no_visitors_and_the_others_run_on() {
    let machine = Machine::boot();
    guide::sections().iter().take(2).for_each(|section| drop(machine.type_in(section)));
    let instances = || machine.type_in("systemctl show --property=MainPID session-tutorial@{8002,8003}");
    let before = instances();
    machine.type_in("sed -i 's|^DATABASE_URL=.*|DATABASE_URL=postgres:///nowhere|' /etc/session-tutorial/environment");
    let output = machine.run("LIMIT=5 deploy/restart-instances");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("8001 is not ready"), "{output:?}");
    machine.type_in("grep 'server 127.0.0.1:8001 .* down;' /etc/nginx/sites-enabled/session-tutorial.conf");
    machine.type_in("for visit in {1..20}; do curl --silent --fail https://example.org/get/ >/dev/null; done");
    assert_eq!(instances(), before);
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
