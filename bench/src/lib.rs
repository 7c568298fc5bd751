//! The real server in a process of its own, on loopback: how fast it is, and what it survives.
//!
//! A [`site`] is a [`server`] with a database, and [`visitors`] whose cookies were made beforehand. A [`cell`] is one
//! kind of request. [`rounds`] has [`wrk`] send each kind in turn while [`process`] looks at what the server uses, and
//! [`figures`] are what came out.

pub mod cell; // what is asked for
pub mod commands; // one file for each
pub mod database; // a connection beside the server's
pub mod figures; // what came out: samples, medians, ratios
pub mod folder; // where databases are, and how fast that disk is
pub mod machine; // what it was measured on
pub mod options; // what all commands understand
pub mod process; // what the server uses
pub mod rounds; // every cell in turn, again and again
pub mod seed; // tables of a million rows
pub mod served; // the application
pub mod server; // its process
pub mod site; // a server, its database and its visitors
pub mod table; // columns that line up
pub mod visitors; // who comes back, and with which cookie
pub mod wrk; // the load

/// What a command comes to: there is nobody to handle an error but the reader.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
