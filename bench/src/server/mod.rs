//! The server that is measured and tested: its applications, its configuration and its process.

pub mod application;
mod environment;
mod process;
pub mod three_pages;

pub use environment::Environment;
pub use process::{LISTENING, Server};
