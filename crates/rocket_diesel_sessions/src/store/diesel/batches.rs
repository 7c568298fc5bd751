//! The requests that wait for the same statement. PostgreSQL takes about as long for one session as for ten.

use std::sync::Arc;

use super::filter::BEFORE_ALL;
use super::many::{Swap, insert_all, look_up_all, swap_all};
use super::row::{ReadRow, Row, column};
use crate::db::{self, Batcher, Mode, Pool};
use crate::handle::Handle;
use crate::record::Record;
use crate::store::Update;

/// Asks for sessions and saves them, together with the other requests of the moment.
pub(super) struct Batches {
    lookups: Batcher<Handle, Option<ReadRow>>,
    inserts: Batcher<Row, ()>,
    swaps: Batcher<Swap, bool>,
}

impl Batches {
    pub fn start(pool: &Arc<Pool>) -> Self {
        Self {
            lookups: Batcher::start(pool, Mode::LookUp, look_up_all),
            inserts: Batcher::start(pool, Mode::Statements, insert_all),
            swaps: Batcher::start(pool, Mode::Statements, swap_all),
        }
    }

    /// Returns the row of a session.
    pub async fn load(&self, handle: &Handle) -> Result<Option<ReadRow>, db::Error> {
        self.lookups.ask(handle.clone()).await
    }

    /// Inserts the row of a new session.
    pub async fn insert(&self, row: Row) -> Result<(), db::Error> {
        self.inserts.ask(row).await
    }

    /// Replaces the record that a request has loaded by `next`, with the same owner and expiry. Returns false if it was
    /// not in the table any more, or if another request was saving it at that moment.
    pub async fn swap(&self, handle: &Handle, update: &Update, next: &Record) -> Result<bool, db::Error> {
        let alive = update.alive();
        let swap = Swap {
            key: handle.to_string(),
            seen: update.loaded().version,
            now: column(alive.now),
            created_after: column(alive.created_after.unwrap_or(BEFORE_ALL)),
            data: next.encode_data(),
            expire_date: column(next.expire_date),
        };
        self.swaps.ask(swap).await
    }
}
