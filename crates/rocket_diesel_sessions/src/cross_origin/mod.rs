//! Refuses requests by which other sites act in a visitor's name.
//!
//! `fairing` puts the check before all routes, `policy` decides, and `exceptions` are what Rocket.toml can name.

mod exceptions;
mod fairing;
mod policy;

pub(crate) use exceptions::{ExemptPath, TrustedOrigin};
pub use fairing::CrossOrigin;
pub(crate) use policy::Policy;
