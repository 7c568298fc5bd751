//! The tutorial's steps as servers.

use std::path::Path;
use std::process::Command;
use std::sync::Once;

use crate::processes::{Result, Server};

/// Starts `examples/step_1.rs` and so on. It builds the examples first, because `cargo test --test browser` does not.
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
    Server::start_binary(&format!("examples/step_{step}"), database)
}
