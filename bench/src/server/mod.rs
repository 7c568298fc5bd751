//! The server that is measured and tested: its application, its configuration and its process.

pub mod application;
mod environment;
mod process;

pub use environment::Environment;
pub use process::{LISTENING, Server};
