use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use diesel::QueryResult;
use rocket::tokio::sync::mpsc::{self, Sender};
use rocket::tokio::time::timeout;

use super::job::{Job, job};
use super::thread::{QUEUE, WriterThread};
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::sqlite::file::DatabaseFile;
use crate::db::sqlite::pool::Pool;

/// Where requests submit what they write.
///
/// SQLite lets only one connection write at a time, and a durable commit waits for the disk. So one thread takes all jobs
/// that wait, runs them in one transaction and answers when the data is on the disk. While it waits for the disk, the next
/// jobs gather.
pub(in crate::db) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    timeout: Duration,
}

impl Writer {
    pub(in crate::db::sqlite) fn start(
        config: &Config,
        file: Arc<DatabaseFile>,
        pool: Arc<Pool>,
    ) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = WriterThread::new(config, file, pool)?;
        let thread = Builder::new().name("sessions-writer".into()).spawn(move || thread.serve(jobs));
        let thread = thread.map_err(|_| Error::Stopped)?;
        Ok(Self { queue: Some(queue), thread: Some(thread), timeout: config.timeout })
    }

    /// Runs queries in a transaction. Returns when it is committed, or when nothing of it has happened.
    ///
    /// The `timeout` is for a place in the queue. A job that has one is run and answered, even if the future is dropped in
    /// the meantime: otherwise nobody could tell whether it had begun.
    pub async fn run<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        let queue = self.queue.as_ref().expect("only drop takes it");
        let place = match queue.try_reserve() {
            Ok(place) => place, // nearly always, and without a timer
            Err(_) => {
                let place = timeout(self.timeout, queue.reserve()).await.map_err(|_| Error::Busy)?;
                place.map_err(|_| Error::Stopped)?
            }
        };
        let (job, answer) = job(queries);
        place.send(job);
        answer.receive().await
    }
}

impl Drop for Writer {
    /// Waits until all submitted jobs are written.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}
