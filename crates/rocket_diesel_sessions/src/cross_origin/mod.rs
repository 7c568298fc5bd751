//! Refuses requests by which other sites act in a visitor's name.
//!
//! `fairing` puts the check before all routes, `policy` decides, and `settings` reads the exceptions from Rocket.toml.

mod fairing;
mod policy;
mod settings;

pub use fairing::CrossOrigin;
pub(crate) use policy::Policy;
pub(crate) use settings::{ExemptPath, TrustedOrigin};
