//! The server that is measured and tested: its applications, its configuration, its process, and nginx in front of it.

pub mod application;
mod environment;
mod nginx;
mod process;
pub mod three_pages;

pub use environment::Environment;
pub use nginx::{Nginx, free_port};
pub use process::{LISTENING, Server};
