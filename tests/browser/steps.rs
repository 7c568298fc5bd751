//! The tutorial's steps, as programs.

use std::path::Path;
use std::process::Command;
use std::sync::Once;

use crate::machines::{Result, Server};

/// `examples/step_1.rs` and so on. What `cargo test --test browser` has not built, is built here.
pub fn serve(step: u8, database: &Path) -> Result<Server> {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--examples"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        assert!(cargo.status().is_ok_and(|status| status.success()), "the examples can't be built");
    });
    Server::beside(&format!("examples/step_{step}"), database)
}
