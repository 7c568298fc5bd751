//! The code that is specific to SQLite.

mod checkpoint;
mod errors;
mod open;
mod read_transaction;
mod uri;

pub(super) use checkpoint::{CheckpointMode, checkpoint, checkpoint_with_timeout};
pub(super) use errors::{is_locked, is_read_only};
pub(super) use open::{
    Reader, WAL_SIZE_LIMIT, connect_error, open, open_checked, open_checkpointer, open_read_only, open_reader,
    open_writer, set_wal_mode,
};
pub(super) use read_transaction::{begin_read_transaction, end_read_transaction};
pub(super) use uri::{existing_file_uri, file_path};
