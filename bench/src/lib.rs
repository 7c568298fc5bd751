//! Benchmarks and fault tests for the sessions. Both run the real server in a process of its own, on loopback.
//!
//! A benchmark works in three steps:
//!
//! 1. It prepares a [`database`] and starts a [`server`] on it.
//! 2. It sends requests of each kind with wrk, in several rounds, and takes a [`measurement`] of each.
//! 3. It prints a [`report`]: the machine, and the medians of all rounds.
//!
//! The [`commands`] combine these steps. The fault tests are in `tests/faults`.

pub mod cli; // the command line
pub mod commands; // one file for each command
pub mod database; // the database file: connections and test data
pub mod disk; // the folder for the databases, and how fast its disk is
pub mod error; // the `Result` of this package
pub mod measurement; // requests, visitors, rounds and figures
pub mod options; // the options that all commands share
pub mod progress; // progress bars
pub mod report; // what a command prints and saves
pub mod server; // the server and its application
pub mod statistics; // the median
