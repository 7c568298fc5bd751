use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use diesel::QueryResult;
use rocket::tokio::sync::mpsc::{self, Sender};
use rocket::tokio::time::timeout;

use super::job::{self, Job};
use super::thread::{QUEUE_SIZE, WriterThread};
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::file::DatabaseFile;
use crate::db::sqlite;

/// The queue of the thread that writes.
///
/// SQLite lets one connection write at a time, and a durable commit waits for the disk. So one thread takes all jobs
/// that wait, runs them in one transaction, and answers when the data is on the disk. While it waits for the disk, the
/// next jobs collect in the queue.
pub(in crate::db) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    timeout: Duration,
}

impl Writer {
    pub fn start(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE_SIZE);
        let thread = WriterThread::new(config, file)?;
        let thread = Builder::new().name("sessions-writer".into()).spawn(move || thread.serve(jobs));
        let thread = thread.map_err(|error| sqlite::connect_error(config, error.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), timeout: config.timeout })
    }

    /// Runs queries in a transaction. Returns when the transaction is committed or rolled back.
    ///
    /// Waits for a place in the queue for the `timeout` at most. After that, the job runs even if the future is
    /// dropped: otherwise nobody could tell whether it had begun.
    pub async fn run<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        let queue = self.queue();
        let permit = match queue.try_reserve() {
            Ok(permit) => permit, // the usual case, which needs no timer
            Err(_) => {
                let permit = timeout(self.timeout, queue.reserve()).await.map_err(|_| Error::Busy)?;
                permit.map_err(|_| Error::Stopped)?
            }
        };
        let (job, answer) = job::job(queries);
        permit.send(job);
        answer.wait().await
    }

    /// Makes the thread check whether the files at the path are still the open ones.
    pub fn check_file(&self) {
        let (empty_job, _) = job::job(|_| Ok(()));
        let _ = self.queue().try_send(empty_job); // fails if the queue is full, but the thread checks anyway then
    }

    fn queue(&self) -> &Sender<Box<dyn Job>> {
        self.queue.as_ref().expect("only drop takes it")
    }
}

impl Drop for Writer {
    /// Waits until all submitted jobs are done.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}
