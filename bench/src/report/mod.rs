//! What a measuring command prints and saves: a description of the machine, tables, and a file with the raw figures.

mod machine;
mod raw_figures;
pub mod table;

pub use machine::Machine;
pub use raw_figures::RawFigures;
