//! Django's session framework for Rocket, on a table that Diesel manages.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod db;
#[allow(missing_docs)]
pub mod schema;
pub mod session;

#[cfg(feature = "app")]
pub mod app;

#[doc(inline)]
pub use session::*;
