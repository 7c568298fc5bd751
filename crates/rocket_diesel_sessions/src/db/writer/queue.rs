use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use diesel::QueryResult;
use rocket::tokio::sync::mpsc::{self, Sender};
use rocket::tokio::time::timeout;

use super::job::{self, Job};
use super::thread::{QUEUE, WriterThread};
use crate::db::config::Config;
use crate::db::connection::DbConnection;
use crate::db::error::Error;
use crate::db::file::DatabaseFile;
use crate::db::sqlite;

/// Where requests hand in what they write.
///
/// SQLite lets one connection write at a time, and a durable commit waits for the disk. So one thread takes all jobs
/// that wait, runs them in one transaction and answers when the disk has it. While it waits for the disk, the next ones
/// gather.
pub(in crate::db) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    timeout: Duration,
}

impl Writer {
    pub fn start(config: &Config, file: Arc<DatabaseFile>) -> Result<Self, Error> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = WriterThread::new(config, file)?;
        let thread = Builder::new().name("sessions-writer".into()).spawn(move || thread.serve(jobs));
        let thread = thread.map_err(|error| sqlite::refusal(config, error.to_string()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), timeout: config.timeout })
    }

    /// Runs queries in a transaction. The answer comes when that is committed, or when nothing of it has happened.
    ///
    /// The `timeout` is for a place in the queue. Who has one gets an answer, and the job is run even if the future is
    /// dropped meanwhile: nobody could tell otherwise whether it had begun.
    pub async fn run<T, F>(&self, queries: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        let queue = self.queue();
        let place = match queue.try_reserve() {
            Ok(place) => place, // without a timer, as nearly always
            Err(_) => {
                let place = timeout(self.timeout, queue.reserve()).await.map_err(|_| Error::Busy)?;
                place.map_err(|_| Error::Stopped)?
            }
        };
        let (job, waiting) = job::job(queries);
        place.send(job);
        waiting.answer().await
    }

    /// Lets the thread look at the file, when somebody has seen that it is another one.
    pub fn wake(&self) {
        let (nothing, _) = job::job(|_| Ok(()));
        let _ = self.queue().try_send(nothing); // where others wait already, they wake it
    }

    fn queue(&self) -> &Sender<Box<dyn Job>> {
        self.queue.as_ref().expect("only drop takes it")
    }
}

impl Drop for Writer {
    /// Waits until all is written that was accepted.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}
