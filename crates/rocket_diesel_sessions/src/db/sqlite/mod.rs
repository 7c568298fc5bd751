//! What only SQLite needs.

mod checkpoint;
mod open;
mod uri;

pub(super) use checkpoint::{checkpoint, checkpoint_rest};
pub(super) use open::{WAL_KEPT, open, open_reader, open_writer};
pub(super) use uri::{existing_file_uri, file_path};
