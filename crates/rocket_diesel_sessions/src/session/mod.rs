//! The request guard [`Session`]: what a handler sees.
//!
//! `guard` has the guard itself and the methods for the whole session, `map` its values, `expiry` its end and `owner` who is
//! signed in.

mod encoding;
mod expiry;
mod guard;
mod map;
mod owner;

pub use guard::Session;
