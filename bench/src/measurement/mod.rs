//! Measurements: which requests wrk sends to the server, for which visitors, and what comes out.
//!
//! A [`Target`] is a running server with its visitors, the [`Audience`]. [`Measured::measure`] sends requests of one
//! [`RequestKind`] for a few seconds and returns a [`Sample`]. [`rounds`] measures several kinds in turn and returns a [`Figure`] for each
//! sample. A [`Series`] compares the figures of two kinds.

mod audience;
mod figure;
mod measured;
pub mod process_usage;
mod request_kind;
pub mod rounds;
mod sample;
mod series;
mod target;
pub mod visitors;
pub mod wrk;

pub use audience::Audience;
pub use figure::Figure;
pub use measured::Measured;
pub use process_usage::ProcessUsage;
pub use request_kind::RequestKind;
pub use rounds::Measurement;
pub use sample::{Measure, Sample};
pub use series::Series;
pub use target::Target;
