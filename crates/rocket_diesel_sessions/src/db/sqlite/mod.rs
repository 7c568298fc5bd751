//! What only SQLite needs.

mod checkpoint;
mod errors;
mod open;
mod read_transaction;
mod uri;

pub(super) use checkpoint::{Beside, checkpoint, checkpoint_within};
pub(super) use errors::{is_locked, is_read_only};
pub(super) use open::{
    JOURNAL_KEPT, Reader, journal_in_wal, open, open_bystander, open_checked, open_checkpointer, open_reader,
    open_writer, refusal,
};
pub(super) use read_transaction::{begin_reading, end_reading};
pub(super) use uri::{existing, path};
