//! The commands, one file for each: `cargo run --release -p bench -- COMMAND`.

pub mod admin;
pub mod clearsessions;
pub mod connections;
pub mod failing_writes;
pub mod instances;
pub mod pages;
pub mod peers;
pub mod plot;
pub mod rows;
pub mod serve;
pub mod sweep;
