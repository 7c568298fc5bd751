//! What people meet who only wanted to type `cargo run`, as docs/tutorial/when-it-does-not-work.md tells it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::binary::{OWN_KEY, Program};

/// The program on a port that somebody else has.
fn beside(other: &TcpListener) -> Program {
    Program::new("debug").env("ROCKET_PORT", &other.local_addr().unwrap().port().to_string())
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let (status, said) = beside(&other).run(&[]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("Rocket failed to bind network socket to given address/port."), "{said}");
    assert!(said.contains("Address already in use"), "{said}");
}

#[test]
fn the_table_of_symptoms_quotes_what_stops_a_launch() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    for (symptom, program) in [
        ("The port is in use", beside(&other)),
        ("Migrations are pending", Program::new("release").env("ROCKET_SECRET_KEY", OWN_KEY)),
        ("A profile without a key of its own", Program::new("fivedays")),
        ("A setting that is misspelt", Program::new("debug").env("ROCKET_SESSION_COOKIE_AGE", "300")),
    ] {
        let (_, said) = program.run(&[]);
        for line in quotation(symptom).lines() {
            assert!(said.contains(line), "{symptom}: {line:?} is missing in: {said}");
        }
    }
}

/// What stands under a symptom as its words.
fn quotation(symptom: &str) -> String {
    let page = std::fs::read_to_string("docs/tutorial/when-it-does-not-work.md").unwrap();
    let section = page.split("\n## ").find(|section| section.lines().next() == Some(symptom));
    let words = section.and_then(|section| section.split("```text\n").nth(1)?.split("\n```").next());
    words.expect(symptom).to_owned()
}

#[test]
fn a_debug_profile_without_a_secret_key_says_that_it_has_none_to_keep() {
    let (other, folder) = (TcpListener::bind("127.0.0.1:0").unwrap(), TempDir::new().unwrap());
    let empty = folder.path().join("Rocket.toml");
    std::fs::write(&empty, "").unwrap();
    let (_, said) = beside(&other).env("ROCKET_CONFIG", empty.to_str().unwrap()).run(&[]);
    assert!(said.contains("secrets enabled without a stable `secret_key`"), "{said}");
    let (_, said) = beside(&other).run(&[]);
    assert!(!said.contains("stable"), "the one in Rocket.toml is kept: {said}");
}

#[test]
fn the_first_thing_that_is_linked_says_that_there_is_no_c_compiler() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("program.rs");
    std::fs::write(&program, "fn main() {}").unwrap();
    let output = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"))
        .arg(&program)
        .current_dir(&folder)
        .env("PATH", folder.path()) // where there is nothing
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("linker `cc` not found"), "{said}");
}
