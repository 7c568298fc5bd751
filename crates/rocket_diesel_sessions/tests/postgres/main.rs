//! What the library does on a PostgreSQL server, and only there.
//!
//! Run it: .ci/with_postgres cargo test --features postgres --test postgres -- --ignored
#![cfg(feature = "postgres")]

#[allow(dead_code)] // the other tests use the rest
#[path = "../http/log.rs"]
mod log; // what the library writes into the log
#[allow(dead_code)] // the other tests use the rest
#[path = "../http/routes.rs"]
mod routes; // a route for each method of Session
#[allow(dead_code)] // the other tests use the rest
#[path = "../http/test_app.rs"]
mod test_app; // the application under test, its clock and its table
#[allow(dead_code)] // the other tests use the rest
#[path = "../http/visitor.rs"]
mod visitor; // a browser that keeps one cookie

mod server; // a schema of its own for each test

mod batches; // statements for the sessions of many requests
mod conflicts; // transactions that meet other transactions
mod healing; // connections that the server has closed
mod launch; // what a launch finds on the server
mod nul_byte; // what PostgreSQL can't store
mod partitions; // the migration docs/postgres/partition-sessions
mod pool; // when all connections are in use
mod retries; // what the server asks to run again
mod statements; // how many statements a request costs
mod sweep; // several instances that delete expired rows
mod tls; // encrypted connections
