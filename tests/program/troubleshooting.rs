//! Problems with `cargo run` that docs/tutorial/when-it-does-not-work.md describes.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::binary::{OWN_KEY, Program};

/// Returns the program on the port of `other`, which is in use.
fn program_on_port_of(other: &TcpListener) -> Program {
    Program::new("debug").env("ROCKET_PORT", &other.local_addr().unwrap().port().to_string())
}

#[test]
fn a_port_that_is_in_use_stops_the_launch() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let (status, output) = program_on_port_of(&other).run(&[]);
    assert_eq!(status, 1, "{output}");
    assert!(output.contains("Rocket failed to bind network socket to given address/port."), "{output}");
    assert!(output.contains("Address already in use"), "{output}");
}

#[test]
fn the_troubleshooting_page_quotes_the_messages_that_stop_a_launch() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    for (symptom, program) in [
        ("The port is in use", program_on_port_of(&other)),
        ("Migrations are pending", Program::new("release").env("ROCKET_SECRET_KEY", OWN_KEY)),
        ("A profile without a key of its own", Program::new("fivedays")),
        ("An address that others reach", Program::new("debug").env("ROCKET_ADDRESS", "0.0.0.0")),
        ("A setting that is misspelt", Program::new("debug").env("ROCKET_SESSION_COOKIE_AGE", "300")),
    ] {
        let (_, output) = program.run(&[]);
        for line in quotation(symptom).lines() {
            assert!(output.contains(line), "{symptom}: {line:?} is missing in: {output}");
        }
    }
}

/// Returns the output that the page quotes in the section about a symptom.
fn quotation(symptom: &str) -> String {
    let page = std::fs::read_to_string("docs/tutorial/when-it-does-not-work.md").unwrap();
    let section = page.split("\n## ").find(|section| section.lines().next() == Some(symptom));
    let quoted = section.and_then(|section| section.split("```text\n").nth(1)?.split("\n```").next());
    quoted.expect(symptom).to_owned()
}

#[test]
fn a_debug_profile_without_a_secret_key_warns_that_its_key_is_not_stable() {
    let (other, folder) = (TcpListener::bind("127.0.0.1:0").unwrap(), TempDir::new().unwrap());
    let empty = folder.path().join("Rocket.toml");
    std::fs::write(&empty, "").unwrap();
    let (_, output) = program_on_port_of(&other).env("ROCKET_CONFIG", empty.to_str().unwrap()).run(&[]);
    assert!(output.contains("secrets enabled without a stable `secret_key`"), "{output}");
    let (_, output) = program_on_port_of(&other).run(&[]);
    assert!(!output.contains("stable"), "the key in Rocket.toml is stable: {output}");
}

#[test]
fn without_a_c_compiler_rustc_says_that_the_linker_is_missing() {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("program.rs");
    std::fs::write(&program, "fn main() {}").unwrap();
    let compiler = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"))
        .arg(&program)
        .current_dir(&folder)
        .env("PATH", folder.path()) // a folder without a linker
        .output()
        .unwrap();
    let output = String::from_utf8(compiler.stderr).unwrap();
    assert!(!compiler.status.success() && output.contains("linker `cc` not found"), "{output}");
}
