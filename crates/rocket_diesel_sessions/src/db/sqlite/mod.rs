//! What only SQLite needs.

mod checkpoint;
mod open;

pub(super) use checkpoint::{checkpoint, checkpoint_rest};
pub(super) use open::{WAL_KEPT, open, open_reader, open_writer};
