//! Measures how the removal of expired rows, a sweep, affects requests.

mod figure;
mod run;
mod table;
mod watch;

pub use run::run;
